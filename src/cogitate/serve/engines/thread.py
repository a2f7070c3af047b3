"""The thread in which a server computes."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from queue import Empty, SimpleQueue
from typing import Protocol, TypeVar

T = TypeVar("T")

QUIET_S = 2.0
"""Seconds without a call after which workers do what can wait."""


class Steps(Protocol):
    """A worker that the thread steps between calls."""

    @property
    def idle(self) -> bool:
        """Whether nothing is left to do."""
        ...

    def step(self) -> None:
        """Do one step; raises nothing."""
        ...

    @property
    def has_deferred(self) -> bool:
        """Whether work is left that can wait for quiet times."""
        ...

    def run_deferred(self) -> None:
        """Do a part of that; raises nothing."""
        ...

    def retire(self) -> None:
        """Drop the remaining work."""
        ...


class EngineThread:
    """Runs calls in order, and between them steps each of its workers that is not idle.

    After `QUIET_S` without either, workers do a part of what can wait.

    Example: thread = EngineThread(); policy = thread.call(partial(models.load, "mini"))

    Models are loaded in it too, and no other thread may compute while it lives. Each computing
    thread has OpenMP threads of its own. With more of these than processors they no longer spin
    between products, and a token takes one and a half times as long (LOG.md).
    """

    def __init__(self) -> None:
        """Start the thread, which sleeps while it is idle."""
        self._inbox: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._workers: list[Steps] = []
        self._thread = threading.Thread(target=self._loop, name="engines", daemon=True)
        self._thread.start()

    @property
    def lives(self) -> bool:
        """Whether the thread runs."""
        return self._thread.is_alive()

    def tell(self, do: Callable[[], None]) -> None:
        """Run a call, which raises nothing, without waiting for it."""
        self._inbox.put(do)

    def call(self, do: Callable[[], T]) -> T:
        """Run a call, and return its result or raise its exception."""
        done: Future[T] = Future()

        def run() -> None:
            try:
                done.set_result(do())
            except BaseException as error:  # noqa: BLE001 - it is raised in the caller's thread
                done.set_exception(error)

        self.tell(run)
        return done.result()

    def add(self, worker: Steps) -> None:
        """Step a worker from now on."""
        self.tell(partial(self._workers.append, worker))

    def close(self) -> None:
        """Stop after the current step; unfinished work is dropped."""
        self._inbox.put(None)
        self._thread.join()

    def _loop(self) -> None:
        while self._take_in():
            for worker in self._workers:
                if not worker.idle:
                    worker.step()
        for worker in self._workers:
            worker.retire()
        with suppress(Empty):
            while True:
                if (do := self._inbox.get_nowait()) is not None:
                    do()

    def _take_in(self) -> bool:
        """Run the pending calls, waiting if all workers are idle; False ends the thread."""
        while True:
            is_idle = all(worker.idle for worker in self._workers)
            deferring = [worker for worker in self._workers if worker.has_deferred]
            try:
                do = self._inbox.get(is_idle, QUIET_S if deferring else None)
            except Empty:
                break
            if do is None:
                return False
            do()
        for worker in deferring if is_idle else ():
            worker.run_deferred()
        return True
