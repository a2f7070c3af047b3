"""The phases of a run in order, and where a step stands in them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from cogitate.advantage import ADVANTAGES
from cogitate.config import OptimConfig, TrainConfig, need
from cogitate.tokenizer import Tokenizer
from cogitate.train.batch import Batch
from cogitate.train.demonstrations import ColdStart, Practice, can_demonstrate
from cogitate.train.mixture import Mixture
from cogitate.train.reinforce import Reinforce
from cogitate.train.stopwatch import Stopwatch
from cogitate.types import Sampler

FINAL_RATE = 0.1
"""Of the peak, at a phase's last step."""


class BatchSource(Protocol):
    """Where the batches of a phase come from."""

    def batch(self, step: int) -> Batch:
        """Return the batch of a step of this phase; the same step gives the same batch."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """A stretch of steps with one source of batches.

    Example: Phase(name="rl", first=260, num_steps=100, lr=2e-5, source=Reinforce(...))
    """

    name: str
    """"practice", "cold_start" or "rl"."""
    first: int
    """Steps of the run before this phase."""
    num_steps: int
    lr: float
    """Peak learning rate."""
    source: BatchSource

    @property
    def end(self) -> int:
        """Steps of the run up to the end of this phase."""
        return self.first + self.num_steps


def make_plan(
    config: TrainConfig,
    tokenizer: Tokenizer,
    sampler: Sampler,
    stopwatch: Stopwatch,
    say: Callable[[str], None],
) -> tuple[list[Phase], Mixture]:
    """Return the phases that have steps, in order, and the run's own tasks.

    A cold start on families that have no worked solutions is left out, and `say` is told.
    """
    need("rl.advantage", config.rl.advantage, ADVANTAGES)
    mixture = Mixture(config.tasks)
    phases: list[Phase] = []

    def add(name: str, num_steps: int, lr: float, source: BatchSource) -> None:
        first = phases[-1].end if phases else 0
        phases.append(Phase(name=name, first=first, num_steps=num_steps, lr=lr, source=source))

    practice, cold_start, rl = config.practice, config.cold_start, config.rl
    if practice.num_steps:
        source = Practice(
            tokenizer,
            Mixture(practice.tasks) if practice.tasks else mixture,
            config=practice,
            seed=config.seed,
        )
        add("practice", practice.num_steps, practice.lr, source)
    shown = Mixture(cold_start.tasks) if cold_start.tasks else mixture
    if cold_start.num_steps and can_demonstrate(shown):
        source = ColdStart(
            tokenizer=tokenizer,
            mixture=shown,
            items_per_step=cold_start.items_per_step,
            seed=config.seed,
            think=rl.think > 0,
        )
        add("cold_start", cold_start.num_steps, cold_start.lr, source)
    elif cold_start.num_steps:
        start = "after the practice of answers alone" if phases else "from the model as it is"
        say(
            "cold start skipped: these tasks have no worked solutions (no thought column and no"
            f" demonstrate method), so RL starts {start}"
        )
    if rl.num_steps:
        source = Reinforce(
            sampler=sampler,
            tokenizer=tokenizer,
            mixture=mixture,
            config=rl,
            seed=config.seed,
            stopwatch=stopwatch,
        )
        add("rl", rl.num_steps, rl.lr, source)
    return phases, mixture


def phase_of(phases: Sequence[Phase], step: int) -> Phase:
    """Return the phase that step number `step` (from 0) belongs to."""
    return next(phase for phase in phases if step < phase.end)


def rate(phase: Phase, step: int, optim: OptimConfig) -> float:
    """Return the learning rate of a step: warm-up, flat, linear decay to a tenth of the peak.

    Example: 100 steps, warmup 0.05, decay 0.5, peak 1 -> 0.2 at step 0, 1 at steps 4 to 49,
    0.1 at step 99
    """
    done, num_steps = step - phase.first, phase.num_steps
    num_rising = max(1, round(optim.warmup * num_steps))
    rising = min(1.0, (done + 1) / num_rising)
    num_falling = max(1, round(optim.decay * num_steps))
    fallen = max(0.0, (done + 1 - (num_steps - num_falling)) / num_falling)
    return phase.lr * min(rising, 1 - (1 - FINAL_RATE) * fallen)
