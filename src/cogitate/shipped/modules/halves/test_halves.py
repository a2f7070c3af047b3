"""If the number of items is odd, the first half gets the one in the middle."""

from halves import halves


def test_even():
    assert halves([1, 2, 3, 4]) == ([1, 2], [3, 4])


def test_odd():
    assert halves([1, 2, 3]) == ([1, 2], [3])


def test_empty():
    assert halves([]) == ([], [])
