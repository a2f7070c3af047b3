"""The phases of a run in order, and the learning rate of each step."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from cogitate.advantage import ADVANTAGES
from cogitate.config import OptimConfig, SupervisedConfig, TrainConfig, need
from cogitate.errors import UsageError
from cogitate.protocols import Sampler
from cogitate.rollout.episodes import history_of
from cogitate.rollout.history import check_history
from cogitate.tasks.capabilities import Interacts
from cogitate.tokenizer import Tokenizer
from cogitate.train.data.batch import Batch
from cogitate.train.data.curriculum import Curriculum, levels, levels_named
from cogitate.train.data.mixture import Fits, Mixture, room_for
from cogitate.train.data.pretrain import Pretrain
from cogitate.train.data.rl import Reinforce
from cogitate.train.data.sft import ColdStart, Drill, can_demonstrate
from cogitate.train.data.solutions import Solutions
from cogitate.train.logging.stopwatch import Stopwatch
from cogitate.types import Budget

FINAL_RATE = 0.1
"""Learning rate at a phase's last step, as a share of the peak."""


class BatchSource(Protocol):
    """The source of a phase's batches."""

    def batch(self, step: int) -> Batch:
        """Return the batch of a step of this phase; it is deterministic after the same steps."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """Consecutive steps with one source of batches.

    Example: Phase(name="rl", first=260, num_steps=100, lr=2e-5, source=Reinforce(...))
    """

    name: str
    """"pretrain", "drill", "cold_start" or "rl"."""
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The phases of a run, and its tasks."""

    phases: Sequence[Phase]
    """Those that have steps, in order."""
    mixture: Mixture
    """The run's own tasks."""
    curriculum: Curriculum
    """The tasks' levels in RL."""
    fits: Fits
    """Whether the model has room for a question with its thought and answer."""


def make_plan(
    config: TrainConfig,
    tokenizer: Tokenizer,
    sampler: Sampler,
    stopwatch: Stopwatch,
    say: Callable[[str], None],
    context: int,
) -> Plan:
    """Return the plan of a run, for a model with room for `context` tokens.

    A cold start on families without worked solutions is skipped, and levels that cannot be chosen
    are left to the family; `say` reports both, and rollouts whose age nothing corrects.

    Raises:
        UsageError: a name is unknown, no family has a level that is asked for, or settings do not
            go together.
    """
    need("rl.advantage", config.rl.advantage, ADVANTAGES)
    mixture = Mixture(config.tasks, config.sandbox.level)
    curriculum = _curriculum(config, mixture, say)
    phases: list[Phase] = []

    def add(name: str, num_steps: int, lr: float, source: BatchSource) -> None:
        first = phases[-1].end if phases else 0
        phases.append(Phase(name=name, first=first, num_steps=num_steps, lr=lr, source=source))

    for name, source in _supervised(config, mixture, tokenizer):
        phase = config.supervised[name]
        add(name, phase.num_steps, phase.lr, source)
    if config.cold_start.num_steps and "cold_start" not in [phase.name for phase in phases]:
        start = "after the phase before it" if phases else "from the model as it is"
        say(
            "cold start skipped: these tasks have no worked solutions (no thought column, no"
            f" demonstrate method, or no thoughts to learn), so RL starts {start}"
        )
    if config.rl.num_steps:
        _check_turns(mixture, config, tokenizer)
        _tell_of_age(config, say)
        source = Reinforce(
            sampler=sampler,
            tokenizer=tokenizer,
            mixture=mixture,
            curriculum=curriculum,
            config=config.rl,
            seed=config.seed,
            stopwatch=stopwatch,
            context=context,
        )
        add("rl", config.rl.num_steps, config.rl.lr, source)
    fits = room_for(tokenizer, config.rl, context)
    return Plan(phases=phases, mixture=mixture, curriculum=curriculum, fits=fits)


def _curriculum(config: TrainConfig, mixture: Mixture, say: Callable[[str], None]) -> Curriculum:
    """Return the levels of RL; say where they cannot be chosen.

    Raises:
        UsageError: no family has a level that is asked for.
    """
    wish = config.rl.levels
    curriculum = Curriculum(
        num_levels=levels(mixture) if wish != "own" else {},
        follows=wish == "adaptive",
        only=levels_named(wish),
    )
    highest = max(curriculum.num_levels.values(), default=0)
    if highest and max(curriculum.only, default=0) > highest:
        raise UsageError(f"rl.levels {wish}: these tasks have levels 1 to {highest}; name some")
    if wish != "own":
        names = [source.family.name for source in mixture.sources if source.level is None]
        fixed = [name for name in names if name not in curriculum.num_levels]
        if fixed:
            say(f"{', '.join(fixed)}: no levels to choose from, so rl.levels does nothing there")
    return curriculum


def _check_turns(mixture: Mixture, config: TrainConfig, tokenizer: Tokenizer) -> None:
    """Refuse settings that do not support tasks of several turns."""
    for family in (source.family for source in mixture.sources):
        if isinstance(family, Interacts) and config.rl.anytime:
            raise UsageError(f"rl.anytime cuts one thought, but {family.name} has several: set 0")
        check_history(history_of(family), tokenizer, Budget(think=config.rl.think))


def _tell_of_age(config: TrainConfig, say: Callable[[str], None]) -> None:
    """Say that several updates from one batch are not corrected for, if they are not."""
    if config.rl.updates_per_batch > 1 and config.rl.objective == "reinforce":
        say(
            f"rl.updates_per_batch {config.rl.updates_per_batch}: from a batch's second update on"
            " rollouts are older than the weights, which rl.objective reinforce does not correct"
        )


def _supervised(
    config: TrainConfig, mixture: Mixture, tokenizer: Tokenizer
) -> Iterator[tuple[str, BatchSource]]:
    """Yield the phases before RL that have steps and something to learn from."""
    pretrain, drill, cold_start = config.pretrain, config.drill, config.cold_start

    def mixture_of(phase: SupervisedConfig) -> Mixture:
        return Mixture(phase.tasks, config.sandbox.level) if phase.tasks else mixture

    think = config.rl.think > 0
    always = (config.rl.think,) if tokenizer.tells_budget and think else ()
    solutions = Solutions(
        tokenizer=tokenizer,
        think=think,
        self_correction_share=cold_start.self_correction_share,
        budgets=config.rl.budgets or always,
    )
    if pretrain.num_steps:
        shown = mixture_of(pretrain)
        yield "pretrain", Pretrain(solutions, shown, config=pretrain, seed=config.seed)
    if drill.num_steps:
        yield "drill", Drill(tokenizer, mixture_of(drill), config=drill, seed=config.seed)
    if cold_start.num_steps and (
        can_demonstrate(shown := mixture_of(cold_start), think=think)
        or cold_start.empty_thought_share
    ):
        yield (
            "cold_start",
            ColdStart(
                solutions=replace(solutions, empty_thought_share=cold_start.empty_thought_share),
                mixture=shown,
                items_per_step=cold_start.items_per_step,
                seed=config.seed,
            ),
        )


def phase_of(phases: Sequence[Phase], step: int) -> Phase:
    """Return the phase of step number `step` (from 0)."""
    return next(phase for phase in phases if step < phase.end)


def rate(phase: Phase, step: int, optim: OptimConfig) -> float:
    """Return the learning rate of a step: warm-up, constant, linear decay to `FINAL_RATE`.

    Example: 100 steps, warmup 0.05, decay 0.5, peak 1 -> 0.2 at step 0, 1 at steps 4 to 49,
    0.1 at step 99
    """
    done, num_steps = step - phase.first, phase.num_steps
    num_rising = max(1, round(optim.warmup * num_steps))
    rising = min(1.0, (done + 1) / num_rising)
    num_falling = max(1, round(optim.decay * num_steps))
    fallen = max(0.0, (done + 1 - (num_steps - num_falling)) / num_falling)
    return phase.lr * min(rising, 1 - (1 - FINAL_RATE) * fallen)
