import pytest
from greetings import greeting


@pytest.mark.parametrize("hour", [5, 8, 11])
def test_morning(hour):
    assert greeting(hour) == "Good morning"


@pytest.mark.parametrize("hour", [12, 15, 17])
def test_afternoon(hour):
    assert greeting(hour) == "Good afternoon"


@pytest.mark.parametrize("hour", [18, 20, 21])
def test_evening(hour):
    assert greeting(hour) == "Good evening"


@pytest.mark.parametrize("hour", [22, 23, 0, 4])
def test_night(hour):
    assert greeting(hour) == "Good night"


def test_name_is_added_after_a_comma():
    assert greeting(9, name="Mia") == "Good morning, Mia"


@pytest.mark.parametrize("hour", [-1, 24])
def test_no_such_hour(hour):
    with pytest.raises(ValueError, match="hour must be between 0 and 23"):
        greeting(hour)
