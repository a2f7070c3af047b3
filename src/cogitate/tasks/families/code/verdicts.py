"""Verdicts on programs: run in the sandbox on visible, hidden and freshly drawn inputs.

A reason tells about visible examples alone: what hidden inputs show would help to forge an answer.
"""

import atexit
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import lru_cache, partial
from random import SystemRandom
from typing import Any

from cogitate.coding.candidates import without_imports_of
from cogitate.errors import SandboxError
from cogitate.sandbox import Call, Case, Execution, Limits, Raised, Sandbox, need_level
from cogitate.sandbox.values import NotPlain, spelled
from cogitate.tasks.families.code import inputs
from cogitate.tasks.families.code.answers import NoProgram, program_of
from cogitate.tasks.families.code.drawing import program_in
from cogitate.tasks.families.code.programs import Program, run
from cogitate.types import Task, Verdict
from cogitate.verify.judge import no_verdict
from cogitate.verify.pool import Background

LEVEL = "seccomp"
"""Minimum level of the sandbox, unless another is set."""
NUM_FRESH = 8
"""Inputs that are drawn for each verdict."""
_WORKERS = 2
_NUM_EXECUTIONS = 3
"""Maximum number of executions for one verdict."""
_CPU_S = 1
_MOST_SHOWN = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A verdict, and what the visible examples show of a wrong program.

    Example: Judged(verdict=Verdict(reward=0.0, why="f([1]) gives 2, not 1"),
    failures=("f([1]) gives 2, not 1",))
    """

    verdict: Verdict
    failures: tuple[str, ...] = ()
    """One line each; empty if all visible examples pass."""


def judge_later(task: Task, answer: str, timeout_s: float, level: str = LEVEL) -> Future[Judged]:
    """Begin to judge an answer, within a maximum time for all executions.

    Raises:
        UsageError: the sandbox does not reach `level` here.
    """
    limits = Limits(cpu_s=_CPU_S, wall_s=timeout_s / _NUM_EXECUTIONS)
    program, rng = program_in(task), SystemRandom()
    fresh = [inputs.draw(rng, program.steps[0].takes) for _ in range(NUM_FRESH)]
    visible = [_case(program, value) for value in task.metadata["visible"]]
    others = [_case(program, value) for value in (*task.metadata["hidden"], *fresh)]

    def judge(sandbox: Sandbox) -> Judged:
        code = without_imports_of(program.name, program_of(answer))
        return judged(sandbox, code, visible, others, limits)

    return begin(level, judge)


def begin(level: str, judge: Callable[[Sandbox], Judged]) -> Future[Judged]:
    """Begin to judge in the sandbox; a failure of it gives a verdict without a reward.

    Raises:
        UsageError: it does not reach `level` here.
    """
    need_level(level)
    sandbox, background = _opened(os.getpid())
    return background.begin(partial(_guarded, sandbox, judge))


def _guarded(sandbox: Sandbox, judge: Callable[[Sandbox], Judged]) -> Judged:
    try:
        return judge(sandbox)
    except NoProgram as error:
        return wrong(str(error))
    except (SandboxError, NotPlain) as error:
        return Judged(verdict=no_verdict(f"failed: {error}"))


def wrong(*failures: str, hidden: str = "") -> Judged:
    """Return the verdict on a wrong program; without a visible failure the reason is `hidden`."""
    return Judged(verdict=Verdict(reward=0.0, why=[*failures, hidden][0]), failures=failures)


def judged(
    sandbox: Sandbox, program: str, visible: Sequence[Case], others: Sequence[Case], limits: Limits
) -> Judged:
    """Hold a program against visible cases and others, of which nothing is told."""
    checked = sandbox.check(program, [*visible, *others], limits)
    if checked.passed:
        return Judged(verdict=Verdict(reward=1.0, why="all inputs pass"))
    execution = sandbox.run(program, [case.call for case in visible], limits)
    return wrong(*_faults(execution, visible), hidden="a hidden input fails")


def _faults(execution: Execution, visible: Sequence[Case]) -> Iterator[str]:
    """Yield what went wrong with the program itself, or on each example that fails."""
    if execution.error:
        yield f"the program raises {raised(execution.error)}"
    for case, outcome in zip(visible, execution.outcomes, strict=False):
        if case.accepts(outcome):
            continue
        if isinstance(outcome, Raised):
            yield f"{case.call} raises {raised(outcome)}"
        else:
            yield f"{case.call} gives {_short(spelled(outcome.value))}, not {case.expected!r}"
    if execution.stopped:
        yield execution.stopped


def raised(error: Raised) -> str:
    """Return an exception as one line."""
    line = f" (line {error.line})" if error.line else ""
    return f"{error.kind}: {_short(error.message)}{line}"


def _short(text: str) -> str:
    line = text.replace("\n", " ")
    return line if len(line) <= _MOST_SHOWN else line[: _MOST_SHOWN - 3] + "..."


def _case(program: Program, value: Any) -> Case:
    return Case(call=Call(function=program.name, args=(value,)), expected=run(program.chain, value))


@lru_cache(maxsize=1)
def _opened(_process: int) -> tuple[Sandbox, Background]:
    """Return the sandbox of this process, which ends with it; a fork of it gets its own."""
    sandbox = Sandbox(workers=_WORKERS)
    atexit.register(sandbox.close)  # else what is still queued would start other processes
    return sandbox, Background(_WORKERS)
