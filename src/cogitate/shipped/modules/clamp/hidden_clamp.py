from clamp import clamp


def test_more_values():
    assert clamp(7, 1, 6) == 6
    assert clamp(1, 1, 6) == 1
    assert clamp(-8, -5, -2) == -5
    assert clamp(0, -5, -2) == -2
    assert clamp(2.5, 2, 3) == 2.5
