import pytest
from tryagain import GaveUp, retry


def record(fail, error=ValueError):
    calls = []

    def function(*args, **kwargs):
        calls.append((args, kwargs))
        if len(calls) <= fail:
            raise error(len(calls))
        return len(calls)

    return function, calls


def test_arguments_are_passed_each_time():
    waits = []
    f, calls = record(fail=2)
    assert retry(times=5, wait=3, sleep=waits.append)(f)("a", b=1) == 3
    assert calls == [(("a",), {"b": 1})] * 3
    assert waits == [3, 6]


def test_one_try():
    waits = []
    f, calls = record(fail=1)
    with pytest.raises(GaveUp, match="function failed 1 times") as info:
        retry(times=1, sleep=waits.append)(f)()
    assert isinstance(info.value.__cause__, ValueError)
    assert waits == []
    assert len(calls) == 1


def test_several_kinds_of_errors():
    f, calls = record(fail=1, error=KeyError)
    assert retry(times=2, on=(OSError, KeyError), sleep=lambda _: None)(f)() == 2
    assert len(calls) == 2


def test_calls_do_not_share_their_waits():
    waits = []
    attempts = []

    @retry(times=3, wait=1, sleep=waits.append)
    def odd():
        attempts.append(1)
        if len(attempts) % 3:
            raise OSError
        return len(attempts)

    assert [odd(), odd()] == [3, 6]
    assert waits == [1, 2, 1, 2]


def test_gave_up_after_five():
    f, calls = record(fail=99)
    with pytest.raises(GaveUp, match="function failed 5 times"):
        retry(times=5, sleep=lambda _: None)(f)()
    assert len(calls) == 5
