from clamp import clamp


def test_value_inside_stays():
    assert clamp(5, 0, 10) == 5


def test_value_below():
    assert clamp(-3, 0, 10) == 0


def test_value_above():
    assert clamp(42, 0, 10) == 10
