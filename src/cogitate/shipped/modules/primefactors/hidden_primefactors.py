import pytest
from primefactors import as_text, factors


@pytest.mark.parametrize(
    ("number", "expected"),
    [(4, [2, 2]), (97, [97]), (84, [2, 2, 3, 7]), (121, [11, 11]), (1001, [7, 11, 13])],
)
def test_factors(number, expected):
    assert factors(number) == expected


def test_as_text():
    assert as_text(8) == "2^3"
    assert as_text(30) == "2 * 3 * 5"
    assert as_text(98) == "2 * 7^2"


def test_only_positive_numbers():
    with pytest.raises(ValueError):
        factors(-6)
