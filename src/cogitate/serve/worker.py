"""One engine in a thread of its own: requests in from any event loop, events back to it."""

import asyncio
import contextlib
import logging
import threading
import time
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Self

from cogitate.errors import CogitateError, OverloadedError
from cogitate.rollout.engine import Engine
from cogitate.serve.errors import EngineFailed
from cogitate.serve.meter import Meter
from cogitate.types import End, Event, Request

_FAILED = "the engine failed and is made anew; ask again"
_GONE = "this model has no engine any more; start the server again"
_LOG = logging.getLogger(__name__)

Tell = Callable[[Event | Exception], None]
"""Called in the engine's thread with what happens to one request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Submit:
    requests: tuple[Request, ...]
    tells: tuple[Tell, ...]
    arrived: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Leave:
    tell: Tell
    end: End


_Order = _Submit | _Leave | None
"""What the engine's thread is told; None ends it."""


class Job:
    """Some requests that run together, and what happens to them.

    Example: async with worker.start([request]) as job: async for place, event in job: ...
    Leaving the block, however, cancels what still runs.
    """

    def __init__(self, inbox: "SimpleQueue[_Order]", requests: Sequence[Request]) -> None:
        """Hand the requests to the engine's thread."""
        self._inbox, self._num_left = inbox, len(requests)
        self._arrived: asyncio.Queue[tuple[int, Event | Exception]] = asyncio.Queue()
        self._first: tuple[int, Event | Exception] | None = None
        self._loop = asyncio.get_running_loop()
        self._tells = tuple(self._teller(place) for place in range(len(requests)))
        order = _Submit(requests=tuple(requests), tells=self._tells, arrived=time.monotonic())
        inbox.put(order)

    async def __aenter__(self) -> Self:
        """Return the job itself."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Cancel what still runs."""
        self.leave()

    async def __aiter__(self) -> AsyncIterator[tuple[int, Event]]:
        """Yield (place of the request, event) until each has its rollout.

        Raises:
            OverloadedError, UsageError, EngineFailed: what the engine says of a request.
        """
        while self._num_left:
            place, what = self._first or await self._arrived.get()
            self._first = None
            if isinstance(what, Exception):
                raise what
            self._num_left -= what.rollout is not None
            yield place, what

    async def begin(self) -> None:
        """Wait until something happens, and raise at once what the engine refuses.

        Raises:
            OverloadedError, UsageError, EngineFailed: what the engine says of a request.
        """
        first = await self._arrived.get()
        if isinstance(first[1], Exception):
            raise first[1]
        self._first = first

    def leave(self) -> None:
        """Cancel what still runs."""
        if self._num_left:
            for place in range(len(self._tells)):
                self._end(place, End.CANCELLED)

    def finish(self, place: int) -> None:
        """End one request now, whose answer is whole; its last event has what it came to."""
        self._end(place, End.DONE)

    def _end(self, place: int, end: End) -> None:
        self._inbox.put(_Leave(tell=self._tells[place], end=end))

    def _teller(self, place: int) -> Tell:
        def tell(what: Event | Exception) -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody listens any more
                self._loop.call_soon_threadsafe(self._arrived.put_nowait, (place, what))

        return tell


class Worker:
    """The engine's thread.

    Example: Worker("mini", partial(Engine, decoder, markers, rows=8), Meter()).start([request])

    Nothing else may compute in a thread that lives as long: each thread that does has OpenMP
    threads of its own, and once there are more of them than processors none waits awake for the
    next product. A token then takes one and a half times as long.
    """

    def __init__(self, name: str, make_engine: Callable[[], Engine], meter: Meter) -> None:
        """Start the thread and wait for its engine; then it sleeps while nothing is asked.

        An engine that fails is replaced by another, and what it had is told so. Whatever making
        the first one raises is raised here.
        """
        self._name, self._make_engine, self._meter = name, make_engine, meter
        self._engine: Engine | None = None
        self._inbox: SimpleQueue[_Order] = SimpleQueue()
        self._running: dict[int, Tell] = {}
        self._begun: dict[int, float] = {}
        """When each request came that has no token yet."""
        made: Future[float] = Future()
        self._thread = threading.Thread(target=self._work, args=(made,), name=name, daemon=True)
        self._thread.start()
        self.tokens_per_s = made.result()
        """With which a request alone may reckon under a deadline."""

    @property
    def lives(self) -> bool:
        """Whether the thread still answers."""
        return self._thread.is_alive()

    def start(self, requests: Sequence[Request]) -> Job:
        """Run requests together; called from an event loop.

        Raises:
            EngineFailed: no engine could be made after the last one failed.
        """
        if not self.lives:
            raise EngineFailed(_GONE)
        return Job(self._inbox, requests)

    def close(self) -> None:
        """Stop the thread after its present step; what runs is not finished."""
        self._inbox.put(None)
        self._thread.join()

    def _work(self, made: "Future[float]") -> None:
        try:
            self._engine = self._make_engine()
        except BaseException as error:  # noqa: BLE001 - it is raised where the worker is made
            made.set_exception(error)
            return
        made.set_result(self._engine.tokens_per_s())
        self._loop()

    def _loop(self) -> None:
        while (engine := self._engine) is not None:
            try:
                if not self._take_in(engine):
                    break
                for event in engine.step():
                    self._tell(event)
            except Exception:  # noqa: BLE001 - whatever it is, the server goes on
                _LOG.exception("the engine of %s failed and is made anew", self._name)
                self._renew()
        self._drop()
        with contextlib.suppress(Empty):
            while True:
                if isinstance(order := self._inbox.get_nowait(), _Submit):
                    order.tells[0](EngineFailed(_GONE))

    def _take_in(self, engine: Engine) -> bool:
        """Take in what has come, and wait for it where there is nothing else to do."""
        with contextlib.suppress(Empty):
            while True:
                match self._inbox.get(block=engine.idle):
                    case None:
                        return False
                    case _Submit() as order:
                        self._submit(engine, order)
                    case _Leave(tell=tell, end=end):
                        for request_id in [i for i, t in self._running.items() if t is tell]:
                            rollout = engine.cancel(request_id, end)
                            self._tell(Event(request_id=request_id, rollout=rollout))
        return True

    def _submit(self, engine: Engine, order: _Submit) -> None:
        try:
            ids = engine.submit_all(order.requests, order.arrived)
        except CogitateError as error:
            if isinstance(error, OverloadedError):
                self._meter.refused.labels(self._name).inc()
            order.tells[0](error)
        except Exception:
            order.tells[0](EngineFailed(_FAILED))
            raise
        else:
            self._running |= dict(zip(ids, order.tells, strict=True))
            self._begun |= dict.fromkeys(ids, order.arrived)
            self._count()

    def _tell(self, event: Event) -> None:
        tell = self._running[event.request_id]
        begun = self._begun.pop(event.request_id, None)
        if begun is not None and event.token is not None:
            self._meter.begun(self._name, time.monotonic() - begun)
        if event.rollout is not None:
            self._meter.ended(self._name, event.rollout)
            del self._running[event.request_id]
            self._count()
        late = event.rollout is not None and event.rollout.end is End.TRUNCATED
        if late and event.rollout is not None and not event.rollout.tokens:
            tell(OverloadedError("the deadline passed before there was room; ask again"))
        else:
            tell(event)

    def _count(self) -> None:
        self._meter.running.labels(self._name).set(len(self._running))

    def _renew(self) -> None:
        """Put another engine in the place of one that failed, if one can be made."""
        self._drop()
        self._engine = None  # its memory may be what the next one needs
        try:
            self._engine = self._make_engine()
        except Exception:  # noqa: BLE001 - nothing is left but to say so
            _LOG.exception("no engine can be made for %s", self._name)

    def _drop(self) -> None:
        """Tell all that runs or waits that it has failed."""
        for tell in self._running.values():
            tell(EngineFailed(_FAILED))
        self._running.clear()
        self._begun.clear()
        self._count()
