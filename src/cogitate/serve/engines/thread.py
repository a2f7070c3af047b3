"""The one thread in which a server computes."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from queue import Empty, SimpleQueue
from typing import Protocol, TypeVar

T = TypeVar("T")


class Steps(Protocol):
    """What the thread goes on with whenever it is told nothing."""

    @property
    def idle(self) -> bool:
        """Nothing is left to do."""
        ...

    def step(self) -> None:
        """Do a little; raises nothing."""
        ...

    def retire(self) -> None:
        """Give up what is left."""
        ...


class EngineThread:
    """Does what it is told, in order, and in between steps each of its workers that is not idle.

    Example: thread = EngineThread(); policy = thread.call(partial(models.load, "mini"))

    Models are loaded in it too, and no other thread may compute while it lives. Each thread that
    computes has OpenMP threads of its own, and once these are more than the processors none waits
    awake for the next product: a token then takes one and a half times as long (LOG.md).
    """

    def __init__(self) -> None:
        """Start; it sleeps while there is nothing to do."""
        self._inbox: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._workers: list[Steps] = []
        self._thread = threading.Thread(target=self._loop, name="engines", daemon=True)
        self._thread.start()

    @property
    def lives(self) -> bool:
        """Whether it still does anything."""
        return self._thread.is_alive()

    def tell(self, do: Callable[[], None]) -> None:
        """Have something done that raises nothing, and do not wait for it."""
        self._inbox.put(do)

    def call(self, do: Callable[[], T]) -> T:
        """Have something done, and return or raise what it does."""
        done: Future[T] = Future()

        def settle() -> None:
            try:
                done.set_result(do())
            except BaseException as error:  # noqa: BLE001 - it is raised where it was asked for
                done.set_exception(error)

        self.tell(settle)
        return done.result()

    def add(self, worker: Steps) -> None:
        """Step a worker from now on."""
        self.tell(partial(self._workers.append, worker))

    def close(self) -> None:
        """Stop after the present step; what is not finished is given up."""
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
        """Do what was told, and wait for it where there is nothing else; False ends the thread."""
        with suppress(Empty):
            while True:
                do = self._inbox.get(block=all(worker.idle for worker in self._workers))
                if do is None:
                    return False
                do()
        return True
