"""Progress of a download on stderr, with an estimate of the time left."""

import sys
import time
from typing import final

from cogitate.notices import say


@final
class Meter:
    """Shows how much of a file is here: in a terminal all the time, elsewhere at each piece.

    Example: with Meter("qwen2.5-coder-0.5b", 491_400_064, 0) as meter: meter.show(40_000_000)
    """

    def __init__(self, name: str, num_bytes: int, here: int) -> None:
        """Start to measure the rate.

        Args:
            name: of what is fetched.
            num_bytes: size of the whole.
            here: bytes that are not fetched again.
        """
        self._name, self._num_bytes, self._first = name, num_bytes, here
        self._start_s = time.monotonic()
        self._live = sys.stderr.isatty()
        self._shown = False

    def __enter__(self) -> "Meter":
        """Return itself."""
        return self

    def __exit__(self, *_error: object) -> None:
        """End the line that is shown."""
        if self._shown:
            sys.stderr.write("\n")

    def show(self, here: int) -> None:
        """Rewrite the line, in a terminal."""
        if self._live:
            sys.stderr.write(f"\r\x1b[K{self._line(here)}")
            sys.stderr.flush()
            self._shown = True

    def kept(self, here: int) -> None:
        """Show that `here` bytes are kept: as `show` in a terminal, elsewhere as a line."""
        if self._live:
            self.show(here)
        else:
            say(self._line(here))

    def _line(self, here: int) -> str:
        here = min(here, self._num_bytes)
        rate = max(here - self._first, 1) / max(time.monotonic() - self._start_s, 1e-3)
        left = _duration((self._num_bytes - here) / rate)
        return (
            f"{self._name}: {here / 1e6:.0f} of {self._num_bytes / 1e6:.0f} MB,"
            f" {rate / 1e6:.1f} MB/s, about {left} left"
        )


def _duration(seconds: float) -> str:
    """Return a duration in words.

    Example: _duration(75) -> "75 s", _duration(600) -> "10 min", _duration(9000) -> "2.5 h"
    """
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"
