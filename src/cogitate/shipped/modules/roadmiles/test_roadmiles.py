"""A mile is 1.609344 kilometres."""

import pytest
from roadmiles import miles_to_km


def test_one_mile():
    assert miles_to_km(1) == pytest.approx(1.609344)


def test_marathon():
    assert miles_to_km(26.2) == pytest.approx(42.1648128)


def test_zero():
    assert miles_to_km(0) == 0
