"""One canary run in a process of its own: where it stood before RL, and after."""

import io
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import NamedTuple

from rich.console import Console

from cogitate.advantage import ADVANTAGES
from cogitate.advantage.dr_grpo import dr_grpo
from cogitate.recipes.canary import canary
from cogitate.train import train
from cogitate.train.run_folder import read_lines


class Accuracy(NamedTuple):
    """Held-out accuracy with its 95 % interval."""

    mean: float
    low: float
    high: float


class Shuffled:
    """Advantages that have nothing to do with what earned them: the control."""

    def __init__(self) -> None:
        self._rng = Random("control")

    def __call__(self, rewards: Sequence[float]) -> list[float]:
        return dr_grpo(self._rng.sample(rewards, len(rewards)))


def run(seed: int, out: Path, *, control: bool = False) -> tuple[Accuracy, Accuracy]:
    """Return held-out accuracy after the cold start and after RL."""
    config = canary(seed=seed)
    config = replace(config, run=replace(config.run, threads=1))
    if control:
        ADVANTAGES["shuffled"] = Shuffled()
        config = replace(config, rl=replace(config.rl, advantage="shuffled"))
    train(config, out, console=Console(file=io.StringIO()))
    lines = [line for line in read_lines(out / "metrics.jsonl") if line["phase"] == "held_out"]
    before = next(line for line in lines if line["step"] == config.cold_start.num_steps)
    return _accuracy(before), _accuracy(lines[-1])


def _accuracy(line: dict[str, float]) -> Accuracy:
    name = canary().tasks[0].family
    return Accuracy(*(line[f"held_out{end}/{name}"] for end in ("", "_low", "_high")))
