from multiples import multiples


def test_multiples():
    assert multiples(1, 5) == [1, 2, 3, 4, 5]
    assert multiples(12, 3) == [12, 24, 36]
    assert multiples(-2, 3) == [-2, -4, -6]
    assert multiples(0, 2) == [0, 0]
    assert multiples(9, 0) == []
