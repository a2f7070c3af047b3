"""Children that are asked at the same time: one that hangs keeps only its own process busy.

    children = Children([sys.executable, "-m", "cogitate.tasks.worker", "my_family.py"])
    future = children.begin(lambda: children.ask({"call": "verify", ...}, timeout_s=5))

Another child is started where a question has waited for a moment and none has come free. So a
quick family has one child, and a slow one as many as there are cores, beside those that hang.
"""

import os
from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from threading import Condition, Thread
from typing import Any, TypeVar

from cogitate.verify.child import Child

T = TypeVar("T")
Changed = TypeVar("Changed")

_SLOW_S = 0.1
"""So long a question waits for one of the children before another is started."""
_MOST_AT_ONCE = 8 + (os.cpu_count() or 1)
"""Pieces of work: eight may hang, and every core still has one."""


class Children:
    """As many children of one command as are busy at once; each is asked one thing at a time."""

    def __init__(self, command: Sequence[str]) -> None:
        """Keep the command; a socket's number is added as its last argument."""
        self._command = tuple(command)
        self._changed = Condition()
        self._all: list[Child] = []
        self._idle: list[Child] = []
        self._turns: list[object] = []
        """Of those who wait for an idle one."""
        self._work: deque[tuple[Future[Any], Callable[[], Any]]] = deque()
        self._num_threads = 0

    def ask(self, message: Any, timeout_s: float) -> Any:
        """Send one JSON value to a child that is idle and return its reply.

        Raises:
            ChildFailed: no reply within `timeout_s` seconds, or the process died.
        """
        with self._child() as child:
            return child.ask(message, timeout_s)

    def begin(self, work: Callable[[], T]) -> Future[T]:
        """Do a piece of work, which asks, in a thread of its own, after those begun before it.

        No thread outlives the work, nor keeps Python from exiting.
        """
        future: Future[T] = Future()
        with self._changed:
            self._work.append((future, work))
            if self._num_threads == _MOST_AT_ONCE:
                return future
            self._num_threads += 1
        Thread(target=self._run, daemon=True).start()
        return future

    def close(self) -> None:
        """Kill all children; asking again starts others."""
        with self._changed:
            children, self._all, self._idle = self._all, [], []
        for child in children:
            child.close()

    @contextmanager
    def _child(self) -> Generator[Child]:
        """Lend an idle child, or a new one; it comes back unless it failed."""
        child = self._take()
        try:
            yield child
        except BaseException:
            with self._changed:
                self._all = [other for other in self._all if other is not child]
            raise
        with self._changed:
            if child in self._all:
                self._idle.append(child)
                self._changed.notify_all()

    def _take(self) -> Child:
        """Wait for an idle child, those who came first before others; or add one."""
        with self._changed:
            turn = object()
            self._turns.append(turn)
            self._changed.wait_for(
                lambda: not self._all or (self._idle and self._turns[0] is turn), _SLOW_S
            )
            self._turns.remove(turn)
            self._changed.notify_all()
            if self._idle:
                return self._idle.pop()
            self._all.append(Child(self._command))
            return self._all[-1]

    def _run(self) -> None:
        while True:
            with self._changed:
                if not self._work:
                    self._num_threads -= 1
                    return
                future, work = self._work.popleft()
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(work())
            except BaseException as error:  # noqa: BLE001 - it is raised where the result is read
                future.set_exception(error)


def known(value: T) -> Future[T]:
    """Return a result that nobody has to wait for."""
    future: Future[T] = Future()
    future.set_result(value)
    return future


def after(future: Future[T], change: Callable[[T], Changed]) -> Future[Changed]:
    """Return a future of what `change` makes of another's result."""
    changed: Future[Changed] = Future()

    def finish(done: Future[T]) -> None:
        try:
            changed.set_result(change(done.result()))
        except BaseException as error:  # noqa: BLE001 - it is raised where the result is read
            changed.set_exception(error)

    future.add_done_callback(finish)
    return changed


def results(futures: Sequence[Future[T]]) -> list[T]:
    """Wait for all results, in order; where that is interrupted, no more work is begun."""
    try:
        return [future.result() for future in futures]
    finally:
        for future in futures:
            future.cancel()
