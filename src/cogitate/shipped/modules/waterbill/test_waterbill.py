"""A month costs 5, with the first 10 cubic metres; further ones cost 2 each, from the 31st on 3."""

import pytest
from waterbill import bill


def test_basic_charge():
    assert bill(0) == 5
    assert bill(10) == 5


def test_further_cubic_metres():
    assert bill(11) == 7
    assert bill(30) == 45


def test_large_amounts():
    assert bill(31) == 48
    assert bill(40) == 75


def test_negative():
    with pytest.raises(ValueError, match="negative"):
        bill(-1)
