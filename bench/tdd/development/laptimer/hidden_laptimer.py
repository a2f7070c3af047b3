import pytest
from laptimer import LapTimer


class Ticks:
    now = 0

    def __call__(self):
        return self.now


def make():
    ticks = Ticks()
    return LapTimer(clock=ticks), ticks


def test_asking_changes_nothing():
    timer, ticks = make()
    timer.start()
    ticks.now = 5
    assert timer.elapsed() == 5
    ticks.now = 9
    assert timer.elapsed() == 9


def test_pause_is_not_part_of_a_lap():
    timer, ticks = make()
    timer.start()
    ticks.now = 2
    timer.stop()
    ticks.now = 10
    timer.start()
    ticks.now = 13
    assert timer.lap() == 5
    assert timer.laps == [5]
    assert timer.elapsed() == 5


def test_laps_add_up():
    timer, ticks = make()
    timer.start()
    for now in (3, 4, 9):
        ticks.now = now
        timer.lap()
    assert timer.laps == [3, 1, 5]
    assert timer.best() == 1
    assert timer.elapsed() == 9


def test_stopped_twice():
    timer, _ = make()
    timer.start()
    timer.stop()
    with pytest.raises(RuntimeError, match="not running"):
        timer.stop()


def test_context_manager_with_laps():
    timer, ticks = make()
    with timer:
        ticks.now = 4
        timer.lap()
    ticks.now = 8
    assert timer.elapsed() == 4
    assert timer.laps == [4]
