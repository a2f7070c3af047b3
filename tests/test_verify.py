"""Strict is strict, lenient is not, and maths is maths."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cogitate.types import Task
from cogitate.verify import lenient, strict
from cogitate.verify.maths import equivalent, looks_like_maths


def task(target: str) -> Task:
    return Task(key="t/0", family="t", level=1, question="?", target=target)


@pytest.mark.parametrize("answer", ["3", " 3\n", "03", "3.0", "+3", "3e0", "３"])
def test_strict_takes_the_number_by_value(answer: str) -> None:
    assert strict("3", answer).reward == 1


@pytest.mark.parametrize(
    "answer",
    ["", "3.", "3 r's", "three", "13", "3 3", "1, 2, 3", "3 km", "--3", "٣", "3_0", "0x3", "(3)"],
)
def test_strict_takes_nothing_else(answer: str) -> None:
    verdict = strict("3", answer)
    assert verdict.reward == 0
    assert "expected '3'" in verdict.why


def test_strict_takes_text_in_any_case_and_spacing() -> None:
    assert strict("New York", " new   YORK ").reward == 1
    assert strict("New York", "New York City").reward == 0
    assert strict("", "").reward == 0


def test_a_verdict_is_one_short_line() -> None:
    why = strict("3", "a\nvery " * 500).why
    assert "\n" not in why
    assert len(why) < 120


@given(st.text(max_size=40), st.text(max_size=40))
def test_strict_is_symmetric_and_implies_lenient(one: str, other: str) -> None:
    assert strict(one, other).reward == strict(other, one).reward
    if strict(one, other).reward:
        assert lenient(task(one), other)


@given(st.decimals(-1000, 1000, places=2), st.decimals(-1000, 1000, places=2))
def test_numbers_are_equal_by_value(one: object, other: object) -> None:
    assert strict(str(one), str(other)).reward == float(one == other)


@pytest.mark.parametrize(
    ("target", "answer", "right"),
    [
        ("3", "There are 3 r's in strawberry.", True),
        ("3", "3 or 4", False),
        ("3", "Counting 1, 2, 3.", True),
        ("3", "13", False),
        ("3", "r3", False),
        ("1234", "It is 1,234 in all", True),
        ("-5", "so x = -5.", True),
        ("Lima", "The capital is Lima.", True),
        ("Lima", "Limassol", False),
        ("new york", "I love New\nYork!", True),
        ("3", "", False),
    ],
)
def test_lenient_finds_the_answer(target: str, answer: str, *, right: bool) -> None:
    assert lenient(task(target), answer) is right


@pytest.mark.parametrize(
    ("target", "answer", "reward"),
    [
        (r"\frac{1}{2}", "0.5", 1),
        (r"\frac{1}{2}", "$1/2$", 1),
        (r"$x^2 + 2x$", "x(x+2)", 1),
        (r"\frac{1}{2}", "1/3", 0),
        ("$12_5$", "12", 0),
        ("$12_5$", "$12_{5}$", 1),
        (r"\frac{1}{2}", "", 0),
        (r"\frac{1}{2}", "it is 1/2", 0),
        (r"\frac{1}{2}", "1/3, 1/2", 0),
        (r"\frac{1}{2}", "$1/3$ $1/2$", 0),
    ],
)
def test_maths_compares_expressions(target: str, answer: str, reward: float) -> None:
    pytest.importorskip("math_verify")
    assert looks_like_maths(target)
    assert equivalent(target, answer).reward == reward
