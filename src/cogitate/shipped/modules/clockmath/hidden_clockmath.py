import pytest
from clockmath import add_minutes, minutes_between


def test_add_minutes():
    assert add_minutes("00:00", 59) == "00:59"
    assert add_minutes("12:34", 1440) == "12:34"
    assert add_minutes("06:00", -361) == "23:59"
    assert add_minutes("01:01", 600) == "11:01"
    assert add_minutes("22:00", 0) == "22:00"


def test_minutes_between():
    assert minutes_between("00:00", "23:59") == 1439
    assert minutes_between("10:01", "10:00") == 1439
    assert minutes_between("07:45", "16:15") == 510


@pytest.mark.parametrize("text", ["25:10", "10:99", "", "ten:20"])
def test_no_time(text):
    with pytest.raises(ValueError):
        add_minutes(text, 1)
    with pytest.raises(ValueError):
        minutes_between("10:00", text)
