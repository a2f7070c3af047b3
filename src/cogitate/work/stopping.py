"""Ctrl-C and SIGTERM while a user's project is worked on: the first ends it and cleans up."""

import select
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from cogitate.notices import visible

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_POLL_S = 0.2
_PATIENCE_S = 5.0
"""For cleaning up, which a second signal does not disturb."""


@contextmanager
def stoppable() -> Iterator[None]:
    """Turn a signal into KeyboardInterrupt, also where a shell lets its background jobs ignore it.

    What fails after the signal fails because of it, as an import that was broken off.
    """
    stopped_at: float | None = None

    def stop(_number: int, _frame: FrameType | None) -> None:
        nonlocal stopped_at
        if stopped_at is None or time.monotonic() - stopped_at > _PATIENCE_S:
            stopped_at = time.monotonic()
            raise KeyboardInterrupt

    before = {number: signal.signal(number, stop) for number in _SIGNALS}
    try:
        yield
    except Exception as error:
        if stopped_at is None:
            raise
        raise KeyboardInterrupt from error
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def finish() -> None:
    """From here on a signal no longer stops: what is written is written whole."""
    for number in _SIGNALS:
        signal.signal(number, lambda _number, _frame: None)  # SIG_IGN would be inherited


def typed(prompt: str) -> str | None:
    """Return the line that is typed at a terminal, in lower case; None at its end.

    A signal just before `input` begins to read would be noticed only with the next line: so it is
    called when there is one.
    """
    sys.stdout.write(visible(prompt))
    sys.stdout.flush()
    while not select.select([sys.stdin], [], [], _POLL_S)[0]:
        pass
    try:
        return input().strip().lower()
    except EOFError:
        return None
