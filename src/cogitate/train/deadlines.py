"""Deadlines in training: seconds become thought budgets, by the speed of the machine that trains.

A policy counts tokens, not seconds. What a deadline leaves time for depends on the machine, so its
speed is measured once and kept with the run. Where the model is asked under a deadline later, it is
told what the machine there has time for (`budget.with_told`).
"""

from collections.abc import Callable
from dataclasses import replace

from cogitate.budget import think_within
from cogitate.config import TrainConfig
from cogitate.train.machine import Machine


def with_speed(config: TrainConfig, machine: Machine, measure: Callable[[], float]) -> Machine:
    """Return the machine with the speed that `measure` finds, where deadlines need one."""
    if not config.rl.deadlines_s or machine.tokens_per_s:
        return machine
    return replace(machine, tokens_per_s=round(measure(), 1))


def with_budgets(config: TrainConfig, machine: Machine) -> TrainConfig:
    """Return the configuration with a thought budget for each of its deadlines.

    Example: deadlines of 0.5 and 1 s at 100 tokens a second and answers of 16 -> budgets (33, 83)
    """
    rl = config.rl
    if not rl.deadlines_s:
        return config
    fitting = {
        min(rl.think, think_within(seconds, machine.tokens_per_s, rl.answer))
        for seconds in rl.deadlines_s
    }
    return replace(config, rl=replace(rl, budgets=tuple(sorted(fitting)), deadlines_s=()))
