import pytest
from payroll import week_pay, yearly_pay


def test_week_pay():
    assert week_pay(0, 30) == 0
    assert week_pay(39, 10) == 390
    assert week_pay(44, 25) == 1150
    assert week_pay(168, 1) == 232


def test_impossible_hours():
    with pytest.raises(ValueError):
        week_pay(200, 15)
    with pytest.raises(ValueError):
        week_pay(-8, 15)
    with pytest.raises(ValueError):
        yearly_pay([40, 170], 10)


def test_yearly_pay():
    assert yearly_pay([60, 20], 10) == 900
    assert yearly_pay([41], 10) == 415
