"""Deadlines in training: seconds become thought budgets, by the speed of the training machine.

A policy counts tokens, not seconds. The tokens that a deadline allows depend on the machine, so its
speed is measured once and kept with the run. A later prompt under a deadline states the tokens
that the machine there allows (`budget.with_stated`).
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from cogitate.budget import think_within
from cogitate.config import TrainConfig
from cogitate.hardware import Machine
from cogitate.types import Speed


def resolve_deadlines(
    config: TrainConfig, machine: Machine, measure: Callable[[], Speed], say: Callable[[str], None]
) -> tuple[TrainConfig, Machine]:
    """Return the configuration with a budget for each deadline, and the machine with its speed.

    Args:
        config: the user's configuration.
        machine: of the run, with or without a measured speed.
        measure: measures the speed.
        say: reports one line if there are deadlines.
    """
    if not config.rl.deadlines_s:
        return config, machine
    if not machine.tokens_per_s:
        found = measure()
        machine = replace(
            machine,
            tokens_per_s=round(found.tokens_per_s, 1),
            usual_answer=found.answer,
            prompt_s=round(found.prompt_s, 3),
        )
    resolved = with_budgets(config, machine.speed)
    say(
        f"deadlines of {_listed(config.rl.deadlines_s)} s are thoughts of"
        f" {_listed(resolved.rl.budgets)} tokens at {machine.tokens_per_s:g} tokens a second, after"
        f" {machine.prompt_s:g} s for the question"
    )
    return resolved, machine


def with_budgets(config: TrainConfig, speed: Speed) -> TrainConfig:
    """Return the configuration with a thought budget for each of its deadlines.

    The result does not pass `config.check`, which accepts either budgets or deadlines.

    Example: deadlines of 0.5 and 1 s at 100 tokens a second and answers of 16 -> budgets (31, 81)
    """
    rl = config.rl
    if not rl.deadlines_s:
        return config
    fitting = {min(rl.think, think_within(speed, s, rl.answer)) for s in rl.deadlines_s}
    return replace(config, rl=replace(rl, budgets=tuple(sorted(fitting))))


def _listed(numbers: Sequence[float]) -> str:
    return ", ".join(f"{number:g}" for number in numbers)
