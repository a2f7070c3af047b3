import pytest
from rotas import cook, plan


def test_weeks():
    people = ["a", "b", "c", "d"]
    assert [cook(people, "Mon", week) for week in range(5)] == ["a", "b", "c", "d", "a"]
    assert cook(people, "Sun", 2) == "a"
    assert list(plan(["x", "y"], 1).values()) == ["y", "x", "y", "x", "y", "x", "y"]


def test_nobody():
    with pytest.raises(ValueError, match="nobody"):
        cook([], "Mon")
