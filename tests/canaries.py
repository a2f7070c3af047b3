"""Canary runs, each in a process of its own: how well it answered as RL began, and as it ended."""

import io
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from random import Random

from rich.console import Console

from cogitate.advantage import ADVANTAGES
from cogitate.advantage.dr_grpo import dr_grpo
from cogitate.config import (
    DrillConfig,
    OptimConfig,
    RLConfig,
    RunConfig,
    TaskConfig,
    TrainConfig,
    WatchConfig,
)
from cogitate.errors import TrainingStopped
from cogitate.evaluate.intervals import Interval, share_interval
from cogitate.recipes.canary import canary
from cogitate.runs.folder import read_lines
from cogitate.train import train

GAME = Path(__file__).resolve().parent.parent / "docs" / "examples" / "higher_lower.py"
WINDOW = 8
"""RL steps that a measurement takes together: about 1,000 rollouts of questions never seen."""


class Shuffled:
    """Advantages that have nothing to do with what earned them: the control."""

    def __init__(self) -> None:
        self._rng = Random("control")

    def __call__(self, rewards: Sequence[float]) -> list[float]:
        return dr_grpo(self._rng.sample(rewards, len(rewards)))


def higher_lower(*, seed: int) -> TrainConfig:
    """Return the recipe of the game in docs/examples: a model from nothing plays several turns.

    The drill teaches it which answers there are, so that RL has something to choose from.
    """
    return TrainConfig(
        recipe="higher_lower",
        model="new-nano",
        tasks=(TaskConfig(family=str(GAME)),),
        seed=seed,
        drill=DrillConfig(chat=True, num_steps=30, items_per_step=32, lr=2e-3),
        rl=RLConfig(
            num_steps=140, groups_per_step=32, group_size=4, think=0, answer=2, lr=1e-3,
            refill_rounds=0,
        ),
        optim=OptimConfig(decay=0.3),
        run=RunConfig(checkpoint_every=1000, eval_every=0, dtype="fp32", trackers=()),
        watch=WatchConfig(preset="off"),
    )  # fmt: skip


def run(
    seed: int, out: Path, *, control: bool = False, recipe: Callable[..., TrainConfig] = canary
) -> tuple[Interval, Interval]:
    """Return the share of right rollouts in the first steps of RL and in the last ones.

    Every question is drawn afresh, so none was seen before. A control may lose the form of an
    answer and be stopped for it.
    """
    config = recipe(seed=seed)
    config = replace(config, run=replace(config.run, threads=1))
    if control:
        ADVANTAGES["shuffled"] = Shuffled()
        config = replace(config, rl=replace(config.rl, advantage="shuffled"))
    with suppress(*([TrainingStopped] if control else [])):
        train(config, out, console=Console(file=io.StringIO()))
    steps = sorted((out / "rollouts").iterdir())
    return _right(steps[:WINDOW]), _right(steps[-WINDOW:])


def _right(steps: Sequence[Path]) -> Interval:
    records = [record for path in steps for record in read_lines(path)]
    return share_interval([r["reward"] for r in records], [r["key"] for r in records])


Outcome = tuple[Interval, Interval, float]
"""The share of correct episodes as RL began and as it ended, and the seconds of the whole run."""


def play_game(seed: int, out: Path, control: bool) -> Outcome:
    """Let a model from nothing learn the game."""
    start = time.perf_counter()
    before, after = run(seed, out, control=control, recipe=higher_lower)
    return before, after, time.perf_counter() - start
