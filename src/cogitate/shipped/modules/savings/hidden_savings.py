import pytest
from savings import balance_after, years_until


def test_balance():
    assert balance_after(1000, rate=2, years=3) == pytest.approx(1061.208)
    assert balance_after(500, rate=0, years=9) == pytest.approx(500)
    assert balance_after(0, rate=10, years=3, deposit=100) == pytest.approx(331)
    assert balance_after(200, rate=50, years=1, deposit=1) == pytest.approx(301)


def test_years_until_a_goal():
    assert years_until(150, start=100, rate=50) == 1
    assert years_until(151, start=100, rate=50) == 2
    assert years_until(50, start=100, rate=5) == 0
    assert years_until(1000, start=1, rate=100) == 10


def test_never():
    with pytest.raises(ValueError):
        years_until(11, start=10, rate=0)
