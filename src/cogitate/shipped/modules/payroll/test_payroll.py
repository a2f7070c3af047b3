"""The first 40 hours of a week are paid as agreed, further ones one and a half times."""

import pytest
from payroll import week_pay, yearly_pay


def test_normal_week():
    assert week_pay(40, 20) == 800
    assert week_pay(10, 12.5) == 125


def test_overtime():
    assert week_pay(50, 20) == 1100
    assert week_pay(41, 10) == 415


def test_a_week_has_168_hours():
    with pytest.raises(ValueError):
        week_pay(169, 20)
    with pytest.raises(ValueError):
        week_pay(-1, 20)


def test_yearly_pay_adds_up_weeks():
    assert yearly_pay([40, 40, 50], 20) == 2700
    assert yearly_pay([], 20) == 0
