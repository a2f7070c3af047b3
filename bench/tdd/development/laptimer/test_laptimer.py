"""Times are running times: pauses do not count, neither in total nor in a lap."""

from types import SimpleNamespace

import pytest
from laptimer import LapTimer


@pytest.fixture
def clock():
    return SimpleNamespace(t=50.0)


@pytest.fixture
def timer(clock):
    return LapTimer(clock=lambda: clock.t)


def test_not_started(timer):
    assert timer.elapsed() == 0
    assert timer.laps == []


def test_stop_and_go(timer, clock):
    timer.start()
    clock.t += 1
    timer.stop()
    clock.t += 100
    assert timer.elapsed() == 1
    timer.start()
    clock.t += 2
    assert timer.elapsed() == 3


def test_laps(timer, clock):
    timer.start()
    clock.t += 4
    assert timer.lap() == 4
    clock.t += 3
    assert timer.lap() == 3
    assert timer.laps == [4, 3]
    assert timer.best() == 3


def test_wrong_order(timer):
    with pytest.raises(RuntimeError, match="not running"):
        timer.stop()
    with pytest.raises(RuntimeError, match="not running"):
        timer.lap()
    timer.start()
    with pytest.raises(RuntimeError, match="already running"):
        timer.start()


def test_as_context_manager(clock):
    with LapTimer(clock=lambda: clock.t) as timer:
        clock.t += 7
    clock.t += 1
    assert timer.elapsed() == 7
