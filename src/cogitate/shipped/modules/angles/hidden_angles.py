import pytest
from angles import difference, hands, normalize


def test_normalize():
    assert normalize(0) == 0
    assert normalize(725) == 5
    assert normalize(-360) == 0
    assert normalize(-1) == 359


def test_difference():
    assert difference(90, 45) == 45
    assert difference(5, 355) == 10
    assert difference(-10, 10) == 20
    assert difference(720, 0) == 0


def test_hands():
    assert hands(6, 0) == 180
    assert hands(1, 5) == 2.5
    assert hands(4, 40) == 100
    assert hands(11, 59) == 5.5


def test_no_time():
    with pytest.raises(ValueError):
        hands(13, 0)
    with pytest.raises(ValueError):
        hands(1, -1)
