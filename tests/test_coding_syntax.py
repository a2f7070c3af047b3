"""Programs are read in several threads at once."""

import gc
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from cogitate.coding.syntax import parsed


@pytest.fixture
def interrupted() -> Iterator[None]:
    """Let threads take turns in the middle of a tree, as where objects have finalizers."""
    usual = gc.get_threshold()

    def pause(*_: object) -> None:
        time.sleep(0)

    gc.callbacks.append(pause)
    gc.set_threshold(50)
    yield
    gc.set_threshold(*usual)
    gc.callbacks.remove(pause)


@pytest.mark.usefixtures("interrupted")
def test_threads_read_programs_at_once() -> None:
    def read(number: int, above: int) -> bool:
        """Read below so many calls: Python 3.11 mixes up the depths of threads."""
        if above:
            return read(number, above - 1)
        return parsed(f"x = {'[' * number}{']' * number}\n") is not None

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(lambda n: read(n % 60 + 1, n % 5), range(400)))
