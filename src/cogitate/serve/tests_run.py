"""One run of pasted tests: candidates of a served model, each tested as soon as it is complete.

The run has a thread of its own and hands its events to the event loop of its client. When the
client leaves, the model stops writing, and the sandbox is closed with all its processes.
"""

import asyncio
import contextlib
import logging
import threading
import time
from collections.abc import AsyncIterator, Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any

from cogitate.budget import with_stated
from cogitate.errors import CogitateError
from cogitate.sandbox import Sandbox
from cogitate.sandbox.suites.reports import Report
from cogitate.serve.engines.registry import ServedModel
from cogitate.serve.engines.worker import Worker
from cogitate.serve.errors import ClientLeft, EngineFailed, error_body
from cogitate.types import End, Event, Request
from cogitate.work.asking import LocalModel
from cogitate.work.choosing import Choice, choose
from cogitate.work.pasted import Pasted
from cogitate.work.prompts import Work
from cogitate.work.scenario_suite import ScenarioSuite
from cogitate.work.solving import ANSWER, Try, View, solve

_LOOK_S = 0.1
"""Seconds between two looks at whether the client is still there, or at a candidate's tokens."""
_BUG = "internal server error; see the server's log"
_LOG = logging.getLogger(__name__)
Tell = Callable[[Mapping[str, Any]], None]
"""Sends an event to the client; may be called from any thread."""


class Run:
    """One run, from its start to its end or to the client's leaving.

    Example: run = Run(served, pasted, 8, release); async for values in run.events(): ...
    """

    def __init__(
        self, served: ServedModel, pasted: Pasted, samples: int, ended: Callable[[], None]
    ) -> None:
        """Take what is to be done.

        Args:
            served: the model that is asked.
            pasted: the tests.
            samples: number of candidates of the first round.
            ended: is called once all processes of the run are gone.

        Raises:
            ModelError: the model was not trained to answer.
        """
        self._pasted, self._samples, self._ended = pasted, samples, ended
        self._over = threading.Event()
        """Set once all is done, or nobody waits for it any more."""
        budget = served.model.budget("none", min(ANSWER, served.model.context))
        budget = replace(budget, deadline_s=served.ceiling.deadline_s, one_block=True)
        budget = with_stated(budget, served.ceiling.taught, served.worker.speed)
        generate = partial(_generate, served.worker, self._over)
        self._model = LocalModel(generate, served.model.tokenizer, budget)
        self._told: asyncio.Queue[Mapping[str, Any] | None] = asyncio.Queue()
        self._loop: asyncio.AbstractEventLoop | None = None

    def start(self) -> None:
        """Begin; called from the event loop in which its events are read."""
        self._loop = asyncio.get_running_loop()
        threading.Thread(target=self._work, name="tests").start()

    def leave(self) -> None:
        """Stop all that runs, because nobody waits for it any more; returns at once."""
        self._over.set()

    async def events(self) -> AsyncIterator[Mapping[str, Any]]:
        """Yield what happens until the end."""
        while (values := await self._told.get()) is not None:
            yield values

    def _tell(self, values: Mapping[str, Any] | None) -> None:
        assert self._loop is not None
        with contextlib.suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(self._told.put_nowait, values)

    def _work(self) -> None:
        try:
            self._solve()
        except ClientLeft:
            pass
        except (CogitateError, EngineFailed) as error:  # also what fails because the client left
            self._tell(error_body(str(error), "server_error"))
        except Exception:  # noqa: BLE001 - the server goes on after any error
            _LOG.exception("a run of tests failed")
            self._tell(error_body(_BUG, "server_error"))
        finally:
            self._ended()
            self._tell(None)

    def _solve(self) -> None:
        work = self._pasted.work
        self._tell({"type": "target", **_target(work)})
        with Sandbox() as sandbox, _closed_by(self._over, sandbox):
            suite = ScenarioSuite(sandbox, self._pasted.scenarios, self._pasted.imported)
            self._tell({"type": "tests", **_tests(suite, self._pasted.unread)})
            view = _Told(self._tell, len(suite.tests))
            solved = solve(work, self._model, suite.run, samples=self._samples, view=view)
            choice = choose(work, solved, None, 0, sandbox)
        self._tell({"type": "end", **_end(choice)})


@contextlib.contextmanager
def _closed_by(over: threading.Event, sandbox: Sandbox) -> Iterator[None]:
    """Close a sandbox as soon as an event is set, whatever runs in it."""

    def wait() -> None:
        over.wait()
        sandbox.close()

    watcher = threading.Thread(target=wait, name="tests-watcher")
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()


def _generate(
    worker: Worker, over: threading.Event, requests: Sequence[Request]
) -> Generator[tuple[int, Event]]:
    """Run requests in the engines' thread; see `work.asking.Generate`.

    Raises:
        ClientLeft: nobody waits for them any more.
    """
    came: SimpleQueue[tuple[int, Event | Exception]] = SimpleQueue()

    def put(index: int, what: Event | Exception) -> None:
        came.put((index, what))

    tells = [partial(put, index) for index in range(len(requests))]
    running = set(range(len(requests)))
    worker.submit(requests, tells, time.monotonic())
    try:
        while running:
            index, what = _next(came, over)
            if isinstance(what, Exception):
                raise what
            if what.rollout is not None:
                running.remove(index)
            yield index, what
    finally:
        for index in running:
            worker.end(tells[index], End.CANCELLED)


def _next(
    came: "SimpleQueue[tuple[int, Event | Exception]]", over: threading.Event
) -> tuple[int, Event | Exception]:
    while not over.is_set():
        with contextlib.suppress(Empty):
            return came.get(timeout=_LOOK_S)
    raise ClientLeft


# ---------------------------------------------------------------- what a client is told


class _Told(View):
    """Tells a client of each candidate, and of its tokens now and then."""

    def __init__(self, tell: Tell, num_tests: int) -> None:
        self._tell, self._num_tests = tell, num_tests
        self._last: dict[int, float] = {}

    def asked(self, number: int) -> None:
        self._tell({"type": "asked", "number": number})

    def decoded(self, number: int, tokens: int) -> None:
        now = time.monotonic()
        if now - self._last.get(number, 0.0) >= _LOOK_S:
            self._last[number] = now
            self._tell({"type": "decoded", "number": number, "tokens": tokens})

    def runs(self, number: int) -> None:
        self._tell({"type": "runs", "number": number})

    def tried(self, one: Try) -> None:
        self._tell({"type": "tried", **_outcome(one, self._num_tests)})


def _target(work: Work) -> dict[str, Any]:
    names = [{"name": asked.name, "kind": asked.kind} for asked in work.target.asked]
    return {"module": work.target.module, "names": names}


def _tests(suite: ScenarioSuite, unread: Mapping[str, str]) -> dict[str, Any]:
    return {
        "tests": suite.tests,
        "empty": suite.empty,
        "unread": [{"test": test, "reason": reason} for test, reason in unread.items()],
    }


def _outcome(one: Try, num_tests: int) -> dict[str, Any]:
    return {
        "number": one.number,
        "text": one.text,
        "passed": one.report.num_passed if one.report else 0,
        "total": num_tests,
        "failure": one.refused if one.report is None else _first_failure(one.report),
        "tokens": one.answered.tokens,
        "seconds": round(one.answered.seconds, 2),
    }


def _first_failure(report: Report) -> str | None:
    """Return the first failure in one line.

    Example: "test_total: AssertionError: total([1, 2]) == 3, but it gives 2"
    """
    for failure in filter(None, [report.error, *report.failed]):
        test = f"{failure.test}: " if failure.test else ""
        line = "" if failure.line is None else f" (line {failure.line})"
        return " ".join(f"{test}{failure.kind}: {failure.message}{line}".splitlines())
    return None


def _end(choice: Choice) -> dict[str, Any]:
    prompt, tokens = choice.solved.num_tokens
    return {
        "chosen": choice.chosen.number if choice.chosen else None,
        "groups": choice.groups,
        "differ": choice.open.text if choice.open else None,
        "tokens": {"prompts": prompt, "answers": tokens},
    }
