"""The parent's side: zygotes, and what is executed on them.

    with Sandbox() as sandbox:
        sandbox.run("def add(a, b): return a + b", [Call(function="add", args=(1, 2))])
        sandbox.check(program, cases).passed

All methods may be called from several threads; as many executions run at once as there are
workers, and others wait. A thread only waits on a socket meanwhile.
"""

import queue
import random
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

from cogitate.errors import SandboxError
from cogitate.sandbox import frames
from cogitate.sandbox.calls import Call, Case, Checked, Execution, Limits, Outcome
from cogitate.sandbox.handle import Talk, Zygote, ZygoteDied
from cogitate.sandbox.values import encode
from cogitate.sandbox.walls import WALLS

LIMITS = Limits()
RECHECKED = 8
"""Maximum number of cases that a second process is asked, after a first one passed all."""


class Sandbox:
    """Runs programs in processes of their own, behind the walls that this machine has."""

    def __init__(self, workers: int = 2, walls: Sequence[str] = WALLS) -> None:
        """Start the zygotes.

        Args:
            workers: number of zygotes, and of candidates that run at once.
            walls: those to raise where they are available.

        Raises:
            SandboxError: a zygote cannot be started.
        """
        self._walls = tuple(walls)
        self._closed = False
        self._threads = ThreadPoolExecutor(workers, "sandbox")
        self._zygotes = {Zygote(self._walls) for _ in range(workers)}
        """All that are not closed."""
        self._idle: queue.LifoQueue[Zygote | None] = queue.LifoQueue()
        """One for each worker; None stands for one that has to be replaced."""
        self.missing: dict[str, str] = {}
        """Walls that are not available here, and why."""
        for zygote in self._zygotes:
            self.missing = zygote.wait()
            self._idle.put(zygote)

    def __enter__(self) -> "Sandbox":
        """Return itself."""
        return self

    def __exit__(self, *_error: object) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """End all processes; what runs or is waiting raises SandboxError or is cancelled."""
        self._closed = True
        for zygote in tuple(self._zygotes):
            zygote.close()
        self._threads.shutdown(cancel_futures=True)

    def run(self, program: str, calls: Sequence[Call], limits: Limits = LIMITS) -> Execution:
        """Execute a program and then calls of its functions, in one fresh process.

        Raises:
            SandboxError: the sandbox failed, and not the program.
            NotPlain: an argument is no plain value.
        """
        return self._execute(program, calls, limits, lambda _index, _outcome: True)

    def check(
        self,
        program: str,
        cases: Sequence[Case],
        limits: Limits = LIMITS,
        order: random.Random | None = None,
    ) -> Checked:
        """Hold a program against cases, in an order that it cannot know, until one fails.

        If all pass, some are repeated in a second process in another order, for programs that
        count calls or keep what they have seen.

        Args:
            program: the candidate.
            cases: at least one.
            limits: of each of the two executions.
            order: draws the order; the system's random numbers by default.

        Raises:
            SandboxError: the sandbox failed, and not the program.
            NotPlain: an argument is no plain value.
        """
        if not cases:
            raise ValueError("a program that is held against no case would pass")
        order = order or random.SystemRandom()
        first = order.sample(range(len(cases)), len(cases))
        checked = self._checked(program, cases, first, limits)
        if not checked.passed:
            return checked
        second = order.sample(range(len(cases)), min(len(cases), RECHECKED))
        again = self._checked(program, cases, second, limits)
        return checked if again.passed else again

    def check_later(
        self,
        program: str,
        cases: Sequence[Case],
        limits: Limits = LIMITS,
        order: random.Random | None = None,
    ) -> Future[Checked]:
        """Begin a check; checks begin in the order of submission."""
        return self._threads.submit(self.check, program, cases, limits, order)

    def _checked(
        self, program: str, cases: Sequence[Case], order: Sequence[int], limits: Limits
    ) -> Checked:
        asked = [cases[index] for index in order]
        execution = self._execute(
            program,
            [case.call for case in asked],
            limits,
            lambda index, outcome: asked[index].accepts(outcome),
        )
        pairs = zip(asked, execution.outcomes, strict=False)
        num_passed = sum(case.accepts(outcome) for case, outcome in pairs)
        done = num_passed == len(order)
        return Checked(
            passed=done,
            num_passed=num_passed,
            failed=None if done or execution.error else order[num_passed],
            execution=execution,
        )

    def _execute(
        self,
        program: str,
        calls: Sequence[Call],
        limits: Limits,
        go_on: Callable[[int, Outcome], bool],
    ) -> Execution:
        """Execute calls while `go_on(index, outcome)` says so; once more if the zygote died."""
        job = _job(program, calls, limits)
        died: ZygoteDied | None = None
        for _ in range(2):
            try:
                with self._zygote() as zygote:
                    talk = Talk(len(calls))
                    with zygote.begin(limits) as channel:
                        talk.hold(channel, job, limits, go_on)
                    return talk.execution(*zygote.end(), limits)
            except ZygoteDied as error:
                died = error
        raise SandboxError(f"the sandbox's process died twice: {died}")

    @contextmanager
    def _zygote(self) -> Generator[Zygote]:
        """Wait for an idle zygote; one that fails, or is interrupted, is replaced."""
        zygote = self._idle.get()
        try:
            zygote = zygote or self._replacement()
            yield zygote
        except BaseException:
            if zygote is not None:
                zygote.close()
                self._zygotes.discard(zygote)
            self._idle.put(None)
            raise
        self._idle.put(zygote)

    def _replacement(self) -> Zygote:
        if self._closed:
            raise SandboxError("the sandbox was closed")
        zygote = Zygote(self._walls)
        self._zygotes.add(zygote)
        lost = zygote.wait().keys() - self.missing.keys()
        if lost or self._closed:
            zygote.close()
            raise SandboxError(f"the sandbox lost its walls: {', '.join(sorted(lost))}")
        return zygote


def _job(program: str, calls: Sequence[Call], limits: Limits) -> bytes:
    """Return what the child is told. What is expected is no part of it."""
    return frames.pack(
        {
            "program": program,
            "calls": [
                (
                    call.function,
                    [encode(value) for value in call.args],
                    {name: encode(value) for name, value in call.kwargs.items()},
                    call.takes_builtins,
                )
                for call in calls
            ],
            "output_bytes": limits.output_bytes,
            "stdout_chars": limits.stdout_chars,
        }
    )
