"""Sliding window: at most `limit` calls in any `window` seconds, per client."""

import pytest
from throttle import Throttle


class FakeClock:
    now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def throttle(clock):
    return Throttle(limit=3, window=10, clock=clock)


def test_allows_up_to_the_limit(throttle):
    assert [throttle.allow("a") for _ in range(5)] == [True, True, True, False, False]


def test_clients_do_not_share(throttle):
    for _ in range(3):
        throttle.allow("a")
    assert throttle.allow("b") is True


def test_calls_expire_after_the_window(throttle, clock):
    throttle.allow("a")
    clock.now += 6
    throttle.allow("a")
    throttle.allow("a")
    clock.now += 3.75
    assert throttle.allow("a") is False
    clock.now += 0.25  # exactly 10 s after the first
    assert throttle.allow("a") is True


def test_refused_calls_are_not_counted(throttle, clock):
    for _ in range(10):
        throttle.allow("a")
        clock.now += 1
    assert throttle.allow("a") is True


def test_remaining_and_retry_after(throttle, clock):
    assert throttle.remaining("a") == 3
    assert throttle.retry_after("a") == 0
    throttle.allow("a")
    clock.now += 4
    throttle.allow("a")
    throttle.allow("a")
    assert throttle.remaining("a") == 0
    assert throttle.retry_after("a") == 6
