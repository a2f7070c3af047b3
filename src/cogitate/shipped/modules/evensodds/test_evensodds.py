from evensodds import split


def test_split():
    evens, odds = split([1, 2, 3, 4, 5])
    assert evens == [2, 4]
    assert odds == [1, 3, 5]


def test_only_odd():
    assert split([7, 9]) == ([], [7, 9])


def test_zero_is_even():
    assert split([0]) == ([0], [])
