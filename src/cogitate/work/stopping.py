"""Ctrl-C and SIGTERM while a user's project is worked on: the first ends it and cleans up."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def stoppable() -> Iterator[None]:
    """Turn the first signal into KeyboardInterrupt; later ones do not disturb what that ends.

    It holds also where a shell made its background jobs ignore Ctrl-C.
    """
    before = {number: signal.signal(number, _stop) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def finish() -> None:
    """From here on a signal no longer stops: what is written is written whole."""
    for number in _SIGNALS:
        signal.signal(number, _go_on)


def _stop(_number: int, _frame: FrameType | None) -> None:
    finish()
    raise KeyboardInterrupt


def _go_on(_number: int, _frame: FrameType | None) -> None:
    """Do nothing; other than SIG_IGN, it is not inherited by what is executed."""
