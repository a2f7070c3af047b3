"""One engine in a thread of its own: requests in from any event loop, events back to it."""

import asyncio
import contextlib
import logging
import threading
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Self

from cogitate.errors import CogitateError, OverloadedError
from cogitate.rollout.engine import Engine
from cogitate.serve.errors import EngineFailed
from cogitate.serve.meter import Meter
from cogitate.types import Event, Request

_LOG = logging.getLogger(__name__)

Tell = Callable[[Event | Exception], None]
"""Called in the engine's thread with what happens to one request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Submit:
    request: Request
    tell: Tell


@dataclass(frozen=True, slots=True, kw_only=True)
class _Leave:
    tell: Tell


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
        self._tells = [self._teller(place) for place in range(len(requests))]
        for request, tell in zip(requests, self._tells, strict=True):
            inbox.put(_Submit(request=request, tell=tell))

    async def __aenter__(self) -> Self:
        """Return the job itself."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Cancel what still runs."""
        if self._num_left:
            for place in range(len(self._tells)):
                self.cancel(place)

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

    def cancel(self, place: int) -> None:
        """End one request now; its last event has what it came to."""
        self._inbox.put(_Leave(tell=self._tells[place]))

    def _teller(self, place: int) -> Tell:
        def tell(what: Event | Exception) -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody listens any more
                self._loop.call_soon_threadsafe(self._arrived.put_nowait, (place, what))

        return tell


class Worker:
    """The engine's thread.

    Example: Worker("mini", partial(Engine, decoder, markers, rows=8), Meter()).start([request])
    """

    def __init__(self, name: str, make_engine: Callable[[], Engine], meter: Meter) -> None:
        """Start the thread; it sleeps while nothing is asked.

        An engine that fails is replaced by another, and what it had is told so.
        """
        self._name, self._make_engine, self._meter = name, make_engine, meter
        self._engine = make_engine()
        self._inbox: SimpleQueue[_Order] = SimpleQueue()
        self._running: dict[int, Tell] = {}
        self._begun: dict[int, float] = {}
        """When each request came that has no token yet."""
        self._thread = threading.Thread(target=self._loop, name=name, daemon=True)
        self._thread.start()

    def start(self, requests: Sequence[Request]) -> Job:
        """Run requests together; called from an event loop."""
        return Job(self._inbox, requests)

    def close(self) -> None:
        """Stop the thread after its present step; what runs is not finished."""
        self._inbox.put(None)
        self._thread.join()

    def _loop(self) -> None:
        while self._take_in(wait=self._engine.idle):
            try:
                events = self._engine.step()
            except Exception:  # noqa: BLE001 - whatever it is, the server goes on
                _LOG.exception("the engine of %s failed and is made anew", self._name)
                self._fail()
            else:
                for event in events:
                    self._tell(event)
            self._meter.running.labels(self._name).set(len(self._running))

    def _take_in(self, *, wait: bool) -> bool:
        """Take in what has come, and wait for it where there is nothing else to do."""
        with contextlib.suppress(Empty):
            while True:
                match self._inbox.get(block=wait):
                    case None:
                        return False
                    case _Submit(request=request, tell=tell):
                        self._submit(request, tell)
                    case _Leave(tell=tell):
                        self._cancel(tell)
                wait = self._engine.idle
        return True

    def _submit(self, request: Request, tell: Tell) -> None:
        try:
            request_id = self._engine.submit(request)
        except CogitateError as error:
            if isinstance(error, OverloadedError):
                self._meter.refused.labels(self._name).inc()
            tell(error)
        else:
            self._running[request_id] = tell
            self._begun[request_id] = time.monotonic()

    def _cancel(self, tell: Tell) -> None:
        for request_id in [i for i, told in self._running.items() if told is tell]:
            self._tell(Event(request_id=request_id, rollout=self._engine.cancel(request_id)))

    def _tell(self, event: Event) -> None:
        tell = self._running[event.request_id]
        begun = self._begun.pop(event.request_id, None)
        if begun is not None and event.token is not None:
            self._meter.begun(self._name, time.monotonic() - begun)
        if event.rollout is not None:
            self._meter.ended(self._name, event.rollout)
            del self._running[event.request_id]
        tell(event)

    def _fail(self) -> None:
        for tell in self._running.values():
            tell(EngineFailed("the engine failed and was made anew; ask again"))
        self._running.clear()
        self._begun.clear()
        self._engine = self._make_engine()
