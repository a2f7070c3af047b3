"""Ctrl-C once finishes the step and writes a checkpoint; twice stops at once."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Interrupt:
    """Whether the user has asked the run to stop."""

    def __init__(self) -> None:
        """Start without a request."""
        self.asked = False

    def handle(self, number: int, _frame: FrameType | None) -> None:
        """Record the first request; the next one has the signal's default effect."""
        self.asked = True
        signal.signal(number, _OWN_EFFECT[signal.Signals(number)])


_OWN_EFFECT = {signal.SIGINT: signal.default_int_handler, signal.SIGTERM: signal.SIG_DFL}


@contextmanager
def interruptible() -> Iterator[Interrupt]:
    """Turn Ctrl-C and SIGTERM into a request that the loop reads after each step."""
    interrupt = Interrupt()
    before = {number: signal.signal(number, interrupt.handle) for number in _OWN_EFFECT}
    try:
        yield interrupt
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
