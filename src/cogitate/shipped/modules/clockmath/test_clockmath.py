import pytest
from clockmath import add_minutes, minutes_between


def test_add_minutes():
    assert add_minutes("10:15", 30) == "10:45"
    assert add_minutes("09:50", 20) == "10:10"


def test_over_midnight():
    assert add_minutes("23:50", 20) == "00:10"
    assert add_minutes("00:05", -10) == "23:55"


def test_minutes_between():
    assert minutes_between("08:00", "09:30") == 90
    assert minutes_between("12:00", "12:00") == 0


def test_an_earlier_time_is_on_the_next_day():
    assert minutes_between("23:00", "01:00") == 120


@pytest.mark.parametrize("text", ["24:00", "12:60", "noon", "1200"])
def test_no_time(text):
    with pytest.raises(ValueError):
        add_minutes(text, 5)
