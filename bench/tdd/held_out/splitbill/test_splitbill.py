import pytest
from splitbill import split_bill


def test_split_bill_even():
    assert split_bill(3000, 3) == [1000, 1000, 1000]


def test_split_bill_remainder():
    """Odd cents are paid by those who come first."""
    assert split_bill(1000, 3) == [334, 333, 333]
    assert split_bill(1001, 3) == [334, 334, 333]
    assert split_bill(2, 4) == [1, 1, 0, 0]


@pytest.mark.parametrize("people", range(1, 20))
def test_split_bill_loses_nothing(people):
    shares = split_bill(9999, people)
    assert len(shares) == people
    assert sum(shares) == 9999
    assert max(shares) - min(shares) <= 1


def test_split_bill_nobody():
    with pytest.raises(ValueError, match="at least one person"):
        split_bill(500, 0)
