from throttle import Throttle


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def make(limit, window):
    clock = Clock()
    return Throttle(limit=limit, window=window, clock=clock), clock


def test_limit_of_one():
    throttle, clock = make(1, 5)
    assert throttle.allow("x") is True
    assert throttle.retry_after("x") == 5
    clock.now = 4.5
    assert throttle.allow("x") is False
    assert throttle.retry_after("x") == 0.5
    clock.now = 5
    assert throttle.retry_after("x") == 0
    assert throttle.allow("x") is True


def test_window_slides():
    throttle, clock = make(2, 10)
    allowed = []
    for now in (0, 5, 9, 10, 12, 15, 16, 20):
        clock.now = now
        allowed.append(throttle.allow("x"))
    assert allowed == [True, True, False, True, False, True, False, True]


def test_remaining_grows_again():
    throttle, clock = make(3, 10)
    throttle.allow("x")
    clock.now = 2
    throttle.allow("x")
    assert throttle.remaining("x") == 1
    clock.now = 10
    assert throttle.remaining("x") == 2
    clock.now = 12
    assert throttle.remaining("x") == 3


def test_asking_does_not_count():
    throttle, _ = make(2, 10)
    for _ in range(5):
        throttle.remaining("x")
        throttle.retry_after("x")
    assert throttle.remaining("x") == 2
    assert throttle.allow("x") is True


def test_retry_after_below_the_limit():
    throttle, _ = make(2, 10)
    throttle.allow("x")
    assert throttle.retry_after("x") == 0
    assert throttle.remaining("y") == 2


def test_two_throttles():
    (one, _), (two, _) = make(1, 1), make(1, 1)
    one.allow("x")
    assert two.allow("x") is True
