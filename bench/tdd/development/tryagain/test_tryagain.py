from unittest.mock import Mock

import pytest
from tryagain import GaveUp, retry


def flaky(*outcomes):
    """A function that raises or returns these one after the other."""
    return Mock(side_effect=outcomes, __name__="flaky")


@pytest.fixture
def sleep():
    return Mock()


def test_no_error_no_retry(sleep):
    f = flaky("ok")
    assert retry(sleep=sleep)(f)(1, key=2) == "ok"
    f.assert_called_once_with(1, key=2)
    sleep.assert_not_called()


def test_retries_until_it_works(sleep):
    f = flaky(OSError(), OSError(), "ok")
    assert retry(times=3, sleep=sleep)(f)() == "ok"
    assert f.call_count == 3


def test_waits_twice_as_long_each_time(sleep):
    f = flaky(OSError(), OSError(), OSError(), "ok")
    retry(times=4, wait=1, sleep=sleep)(f)()
    assert [call.args[0] for call in sleep.call_args_list] == [1, 2, 4]


def test_gives_up(sleep):
    last = OSError("still down")
    f = flaky(OSError(), last)
    with pytest.raises(GaveUp, match="flaky failed 2 times") as info:
        retry(times=2, sleep=sleep)(f)()
    assert info.value.__cause__ is last
    assert sleep.call_count == 1  # no wait after the last try


def test_other_errors_are_not_caught(sleep):
    f = flaky(KeyError("x"), "ok")
    with pytest.raises(KeyError):
        retry(on=(OSError,), sleep=sleep)(f)()
    assert f.call_count == 1


def test_name_is_kept(sleep):
    @retry(sleep=sleep)
    def fetch():
        return 1

    assert fetch.__name__ == "fetch"
