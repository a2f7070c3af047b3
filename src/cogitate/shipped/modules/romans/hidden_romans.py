import pytest
from romans import from_roman, to_roman


@pytest.mark.parametrize(
    ("number", "numeral"),
    [
        (3, "III"),
        (14, "XIV"),
        (58, "LVIII"),
        (1666, "MDCLXVI"),
        (944, "CMXLIV"),
        (1999, "MCMXCIX"),
        (3000, "MMM"),
    ],
)
def test_both_ways(number, numeral):
    assert to_roman(number) == numeral
    assert from_roman(numeral) == number


def test_negative():
    with pytest.raises(ValueError):
        to_roman(-1)
