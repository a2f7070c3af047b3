"""The first 30 minutes are free; then every hour that has begun costs 2, at most 12 in all."""

import pytest
from parking import fee


def test_free():
    assert fee(0) == 0
    assert fee(30) == 0


def test_hours_that_have_begun():
    assert fee(31) == 2
    assert fee(60) == 2
    assert fee(61) == 4
    assert fee(180) == 6


def test_maximum():
    assert fee(600) == 12


def test_negative_minutes():
    with pytest.raises(ValueError):
        fee(-5)
