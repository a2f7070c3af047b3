"""Interest is added once a year, at the end of it."""

import pytest
from savings import balance_after, years_until


def test_balance():
    assert balance_after(100, rate=5, years=1) == pytest.approx(105)
    assert balance_after(100, rate=10, years=2) == pytest.approx(121)
    assert balance_after(100, rate=5, years=0) == 100


def test_yearly_deposit_is_made_after_the_interest():
    assert balance_after(100, rate=10, years=2, deposit=50) == pytest.approx(226)


def test_years_until_a_goal():
    assert years_until(200, start=100, rate=10) == 8
    assert years_until(100, start=100, rate=1) == 0


def test_never():
    with pytest.raises(ValueError):
        years_until(200, start=100, rate=0)
