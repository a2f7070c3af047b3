import pytest
from primefactors import as_text, factors


@pytest.mark.parametrize(
    ("number", "expected"),
    [(2, [2]), (12, [2, 2, 3]), (13, [13]), (60, [2, 2, 3, 5]), (1, [])],
)
def test_factors(number, expected):
    assert factors(number) == expected


def test_as_text():
    assert as_text(12) == "2^2 * 3"
    assert as_text(13) == "13"
    assert as_text(360) == "2^3 * 3^2 * 5"


def test_only_positive_numbers():
    with pytest.raises(ValueError):
        factors(0)
