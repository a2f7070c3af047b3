"""Asynchronous steps, so that a slow environment does not block others."""

from collections.abc import Callable
from concurrent.futures import Future
from typing import Protocol, runtime_checkable

from cogitate.protocols import Env
from cogitate.types import Step, Task
from cogitate.verify.judge import no_verdict
from cogitate.verify.pool import known


@runtime_checkable
class StepsLater(Protocol):
    """An environment with asynchronous steps."""

    def begin_later(self, task: Task) -> Future[Step]:
        """Begin `reset`; the future step has its messages."""
        ...

    def step_later(self, answer: str) -> Future[Step]:
        """Begin `step`."""
        ...


def begin_later(env: Env, task: Task) -> Future[Step]:
    """Reset an environment; an exception gives a final step whose verdict says so."""
    if isinstance(env, StepsLater):
        return env.begin_later(task)
    return known(_guarded(lambda: Step(messages=env.reset(task))))


def step_later(env: Env, answer: str) -> Future[Step]:
    """Take a step; an exception gives a final step whose verdict says so."""
    if isinstance(env, StepsLater):
        return env.step_later(answer)
    return known(_guarded(lambda: env.step(answer)))


def _guarded(take: Callable[[], Step]) -> Step:
    try:
        return take()
    except Exception as error:  # noqa: BLE001 — whatever it raises is the verdict's why
        why = f"raised {type(error).__name__}: {error}"
        return Step(done=True, verdict=no_verdict(why))
