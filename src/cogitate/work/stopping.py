"""Ctrl-C and SIGTERM while a user's project is worked on: the first ends it and cleans up."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
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
