from multiples import multiples


def test_first_multiples():
    assert multiples(3, 4) == [3, 6, 9, 12]
    assert multiples(10, 2) == [10, 20]


def test_one():
    assert multiples(7, 1) == [7]


def test_none():
    assert multiples(5, 0) == []
