"""A pool of child processes: a call that hangs blocks only its own process.

    children = Children([sys.executable, "-m", "cogitate.tasks.worker", "my_family.py"])
    future = children.begin(lambda: children.ask({"call": "verify", ...}, timeout_s=5))

A further child is started when a call has waited 0.1 s for an idle one. So a fast family has one
child, and a slow one has as many as its calls keep busy, at most eight more than there are cores.
"""

import os
from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from threading import Condition, Lock, Thread
from typing import Any, TypeVar

from cogitate.verify.child import Child

T = TypeVar("T")
Changed = TypeVar("Changed")

_SLOW_S = 0.1
"""Time that a call waits for an idle child before another is started."""
_MAX_AT_ONCE = 8 + (os.cpu_count() or 1)
"""Maximum of concurrent calls: eight may hang, and every core still has one."""


class Background:
    """Runs work in threads, which end when no work is left and do not keep Python from exiting."""

    def __init__(self, max_at_once: int = _MAX_AT_ONCE) -> None:
        """Take the maximum number of threads."""
        self._max_at_once = max_at_once
        self._lock = Lock()
        self._work: deque[tuple[Future[Any], Callable[[], Any]]] = deque()
        self._num_threads = 0

    def begin(self, work: Callable[[], T]) -> Future[T]:
        """Run `work` in a thread; work starts in the order of submission."""
        future: Future[T] = Future()
        with self._lock:
            self._work.append((future, work))
            if self._num_threads == self._max_at_once:
                return future
            self._num_threads += 1
        Thread(target=self._run, daemon=True).start()
        return future

    def _run(self) -> None:
        while True:
            with self._lock:
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


class Children:
    """Child processes of one command, as many as are busy; each takes one call at a time."""

    def __init__(self, command: Sequence[str]) -> None:
        """Keep the command; a socket's number is added as its last argument."""
        self._command = tuple(command)
        self._changed = Condition()
        self._all: list[Child] = []
        self._idle: list[Child] = []
        self._turns: list[object] = []
        """The queue of calls that wait for an idle child."""
        self._background = Background()

    def ask(self, message: Any, timeout_s: float) -> Any:
        """Send one JSON value to an idle child and return its reply.

        Raises:
            ChildFailed: no reply within `timeout_s` seconds, or the process died.
        """
        with self._child() as child:
            return child.ask(message, timeout_s)

    def begin(self, work: Callable[[], T]) -> Future[T]:
        """Run `work`, which calls `ask`, in a thread; see `Background.begin`."""
        return self._background.begin(work)

    def close(self) -> None:
        """Kill all children; the next call starts others."""
        with self._changed:
            children, self._all, self._idle = self._all, [], []
        for child in children:
            child.close()

    @contextmanager
    def _child(self) -> Generator[Child]:
        """Give an idle child, or a new one; it returns to the pool unless it failed."""
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
        """Wait for an idle child, first come first served; or add one."""
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


def known(value: T) -> Future[T]:
    """Return a finished future."""
    future: Future[T] = Future()
    future.set_result(value)
    return future


def after(future: Future[T], change: Callable[[T], Changed]) -> Future[Changed]:
    """Return a future of `change` applied to another's result; cancelled, it cancels the other."""
    changed: Future[Changed] = Future()

    def finish(done: Future[T]) -> None:
        if not changed.set_running_or_notify_cancel():
            return
        try:
            changed.set_result(change(done.result()))
        except BaseException as error:  # noqa: BLE001 - it is raised where the result is read
            changed.set_exception(error)

    future.add_done_callback(finish)
    changed.add_done_callback(lambda done: done.cancelled() and future.cancel())
    return changed


def results(futures: Sequence[Future[T]]) -> list[T]:
    """Wait for all results, in order; if interrupted, cancel the work that has not begun."""
    try:
        return [future.result() for future in futures]
    finally:
        for future in futures:
            future.cancel()
