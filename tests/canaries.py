"""One canary run in a process of its own: how well it answered as RL began, and as it ended."""

import io
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from random import Random

from rich.console import Console

from cogitate.advantage import ADVANTAGES
from cogitate.advantage.dr_grpo import dr_grpo
from cogitate.errors import TrainingStopped
from cogitate.evaluate.intervals import Interval, share_interval
from cogitate.recipes.canary import canary
from cogitate.runs.folder import read_lines
from cogitate.train import train

WINDOW = 8
"""RL steps that a measurement takes together: about 1,000 rollouts of questions never seen."""


class Shuffled:
    """Advantages that have nothing to do with what earned them: the control."""

    def __init__(self) -> None:
        self._rng = Random("control")

    def __call__(self, rewards: Sequence[float]) -> list[float]:
        return dr_grpo(self._rng.sample(rewards, len(rewards)))


def run(seed: int, out: Path, *, control: bool = False) -> tuple[Interval, Interval]:
    """Return the share of right rollouts in the first steps of RL and in the last ones.

    Every question is drawn afresh, so none was seen before. A control may lose the form of an
    answer and be stopped for it.
    """
    config = canary(seed=seed)
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
