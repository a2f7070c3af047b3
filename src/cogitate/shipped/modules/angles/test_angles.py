import pytest
from angles import difference, hands, normalize


def test_normalize_gives_0_to_360():
    assert normalize(370) == 10
    assert normalize(-90) == 270
    assert normalize(360) == 0


def test_difference_is_the_smaller_one():
    assert difference(10, 30) == 20
    assert difference(350, 10) == 20
    assert difference(0, 180) == 180


def test_between_the_hands_of_a_clock():
    assert hands(3, 0) == 90
    assert hands(12, 0) == 0
    assert hands(12, 30) == 165  # the hour hand has moved on by 15 degrees
    assert hands(9, 0) == 90


def test_hours_are_1_to_12():
    with pytest.raises(ValueError):
        hands(0, 0)
    with pytest.raises(ValueError):
        hands(5, 60)
