from powersoftwo import powers_up_to


def test_up_to_ten():
    assert powers_up_to(10) == [1, 2, 4, 8]


def test_limit_is_included():
    assert powers_up_to(16) == [1, 2, 4, 8, 16]


def test_one():
    assert powers_up_to(1) == [1]


def test_zero():
    assert powers_up_to(0) == []
