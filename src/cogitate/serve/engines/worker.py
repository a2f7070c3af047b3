"""Connects one model's engine to event loops: passes requests in, and events back."""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from functools import partial
from typing import Self

from cogitate.errors import CogitateError, OverloadedError
from cogitate.protocols import Engine
from cogitate.serve.engines.thread import EngineThread
from cogitate.serve.errors import EngineFailed
from cogitate.serve.meter import Meter
from cogitate.types import End, Event, Request

MAX_WAITING = 1024
"""Most requests of one model that run or wait; more are refused."""
_FAILED = "the engine failed and is being restarted; ask again"
_GONE = "this model has no engine any more; restart the server"
_LOG = logging.getLogger(__name__)

_MEASURING = 0.25
"""Share of a first deadline in which speed may be measured."""

Started = tuple[Engine, Iterator[None]]
"""An engine, and the parts of its `warming` that are left."""

Tell = Callable[[Event | Exception], None]
"""Called in the engine's thread with each event of one request."""


class Job:
    """Requests that run together, and their events.

    Example: async with worker.start([request], now) as job: async for place, event in job: ...
    Leaving the block in any way cancels the requests that still run.
    """

    def __init__(self, worker: "Worker", requests: Sequence[Request], arrived: float) -> None:
        """Submit the requests, which arrived at that time, to the worker."""
        self._worker, self._num_left = worker, len(requests)
        self._arrived: asyncio.Queue[tuple[int, Event | Exception]] = asyncio.Queue()
        self._first: tuple[int, Event | Exception] | None = None
        self._loop = asyncio.get_running_loop()
        self._tells = tuple(self._teller(place) for place in range(len(requests)))
        worker.submit(requests, self._tells, arrived)

    async def __aenter__(self) -> Self:
        """Return the job itself."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Cancel what still runs."""
        self.leave()

    async def __aiter__(self) -> AsyncIterator[tuple[int, Event]]:
        """Yield (place of the request, event) until each has its rollout.

        Raises:
            OverloadedError, UsageError, EngineFailed: the engine refuses a request, or failed.
        """
        while self._num_left:
            place, what = self._first or await self._arrived.get()
            self._first = None
            if isinstance(what, Exception):
                raise what
            self._num_left -= what.rollout is not None
            yield place, what

    async def begin(self) -> None:
        """Wait for the first event.

        Raises:
            OverloadedError, UsageError, EngineFailed: the engine refuses a request, or failed.
        """
        first = await self._arrived.get()
        if isinstance(first[1], Exception):
            raise first[1]
        self._first = first

    def leave(self) -> None:
        """Cancel what still runs."""
        if self._num_left:
            for tell in self._tells:
                self._worker.end(tell, End.CANCELLED)

    def finish(self, place: int) -> None:
        """End one request now, as done; its last event has the rollout."""
        self._worker.end(self._tells[place], End.DONE)

    def _teller(self, place: int) -> Tell:
        def tell(what: Event | Exception) -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed
                self._loop.call_soon_threadsafe(self._arrived.put_nowait, (place, what))

        return tell


class Worker:
    """Runs one model's engine: takes requests from event loops, and sends them events.

    Example: Worker("mini", model.engine, meter, thread).start([request], now)

    The engine is used in the engines' thread only. Its speed is measured in quiet times; what is
    left when a first request has a deadline, in a part of that request's time.
    """

    def __init__(
        self, name: str, make_engine: Callable[[], Started], meter: Meter, thread: EngineThread
    ) -> None:
        """Make the engine; exceptions of `make_engine` are raised.

        An engine that fails is replaced by another, and its requests get an error.
        """
        self._name, self._make_engine, self._meter = name, make_engine, meter
        self._thread, self._gone = thread, False
        self._running: dict[int, Tell] = {}
        self._begun: dict[int, float] = {}
        """Arrival time of each request without a token yet."""
        engine, self._warming = thread.call(make_engine)
        self._is_warm = False
        self._engine: Engine | None = engine
        self.speed = engine.speed()
        """The speed by which deadlines are planned."""
        thread.add(self)

    @property
    def lives(self) -> bool:
        """Whether it accepts requests."""
        return not self._gone and self._thread.lives

    @property
    def idle(self) -> bool:
        """Whether nothing runs and nothing waits."""
        return self._engine is None or self._engine.idle

    @property
    def has_deferred(self) -> bool:
        """Whether speed is still to be measured."""
        return self._engine is not None and not self._is_warm

    def start(self, requests: Sequence[Request], arrived: float) -> Job:
        """Run requests together; called from an event loop.

        Args:
            requests: those of one client.
            arrived: time of arrival, by `time.monotonic`.

        Raises:
            EngineFailed: no engine could be made after the last one failed.
        """
        return Job(self, requests, arrived)

    def submit(self, requests: Sequence[Request], tells: Sequence[Tell], arrived: float) -> None:
        """Submit requests that are accepted or refused together; called from any other thread.

        Raises:
            EngineFailed: no engine could be made after the last one failed.
        """
        if not self.lives:
            raise EngineFailed(_GONE)
        self._thread.tell(partial(self._take_in, requests, tells, arrived))

    def end(self, tell: Tell, end: End) -> None:
        """End a request, if it still runs; called from any other thread."""
        self._thread.tell(partial(self._guarded, partial(self._end, tell, end)))

    def step(self) -> None:
        """Do one step of the engine."""
        self._guarded(self._step)

    def run_deferred(self) -> None:
        """Measure the next part of the speed."""
        self._guarded(self._warm)

    def retire(self) -> None:
        """Drop the engine, and send all its requests an error."""
        self._engine, self._gone = None, True
        self._drop()

    def _guarded(self, do: Callable[[Engine], None]) -> None:
        """Call `do` with the engine, if there is one; replace an engine that fails."""
        if self._engine is None:
            return
        try:
            do(self._engine)
        except Exception:  # noqa: BLE001 - the server continues after any error
            _LOG.exception("the engine of %s failed and is being restarted", self._name)
            self._renew()

    def _step(self, engine: Engine) -> None:
        for event in engine.step():
            self._tell(event)
        self.speed = engine.speed()

    def _warm(self, engine: Engine) -> None:
        self._is_warm = next(self._warming, True) is True
        self.speed = engine.speed()

    def _warm_within(self, requests: Sequence[Request], arrived: float, engine: Engine) -> None:
        """Measure what there is time for before the first deadlines, in a part of their time."""
        given = [r.budget.deadline_s for r in requests if r.budget.deadline_s is not None]
        until = arrived + _MEASURING * min(given, default=0)
        while engine.idle and not self._is_warm and time.monotonic() < until:
            self._warm(engine)

    def _end(self, tell: Tell, end: End, engine: Engine) -> None:
        for request_id in [i for i, other in self._running.items() if other is tell]:
            rollout = engine.cancel(request_id, end)
            self._tell(Event(request_id=request_id, rollout=rollout))

    def _take_in(self, requests: Sequence[Request], tells: Sequence[Tell], arrived: float) -> None:
        if self._engine is None:
            tells[0](EngineFailed(_GONE))
        else:
            self._guarded(partial(self._submit, requests, tells, arrived))

    def _submit(
        self, requests: Sequence[Request], tells: Sequence[Tell], arrived: float, engine: Engine
    ) -> None:
        try:
            if len(self._running) + len(requests) > MAX_WAITING:
                raise OverloadedError("too many requests are waiting; ask again")
            self._warm_within(requests, arrived, engine)
            ids = engine.submit_all(requests, arrived)
        except CogitateError as error:
            if isinstance(error, OverloadedError):
                self._meter.refused.labels(self._name).inc()
            tells[0](error)
        except Exception:
            tells[0](EngineFailed(_FAILED))
            raise
        else:
            self._running |= dict(zip(ids, tells, strict=True))
            self._begun |= dict.fromkeys(ids, arrived)
            self._count()

    def _tell(self, event: Event) -> None:
        tell = self._running[event.request_id]
        begun = self._begun.pop(event.request_id, None)
        if begun is not None and event.token is not None:
            self._meter.begun(self._name, time.monotonic() - begun)
        rollout = event.rollout
        if rollout is not None:
            del self._running[event.request_id]
            self._count()
        if rollout is not None and rollout.end is End.TRUNCATED and not rollout.tokens:
            self._meter.expired(self._name)
            tell(OverloadedError("the deadline passed before there was room; ask again"))
            return
        if rollout is not None:
            self._meter.ended(self._name, rollout)
        tell(event)

    def _count(self) -> None:
        self._meter.running.labels(self._name).set(len(self._running))

    def _renew(self) -> None:
        """Replace an engine that failed, if another can be made."""
        self._drop()
        self._engine, self._warming = None, iter(())  # frees its memory for the next one
        try:
            self._engine, warming = self._make_engine()
            if self._is_warm:  # else it may have failed because it was measured
                self._warming, self._is_warm = warming, False
        except Exception:  # noqa: BLE001 - logged; the model is then gone
            _LOG.exception("no engine can be made for %s", self._name)
            self._gone = True

    def _drop(self) -> None:
        """Send an error to all requests that run or wait."""
        for tell in self._running.values():
            tell(EngineFailed(_FAILED))
        self._running.clear()
        self._begun.clear()
        self._count()
