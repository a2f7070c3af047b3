"""Worked columns are right in every column."""

import re

from hypothesis import given
from hypothesis import strategies as st

from cogitate.tasks.families.arithmetic import (
    Arithmetic,
    add_thought,
    content,
    multiply_thought,
    subtract_thought,
)

NUMBERS = st.integers(0, 10**9)


def steps_are_true(thought: str) -> bool:
    return all(
        eval(sum_) == int(result)
        for sum_, result in re.findall(r"(?<![\d+*-])(\d[\d+*-]*)=(\d+)", thought)
    )


@given(NUMBERS, NUMBERS)
def test_addition(a: int, b: int) -> None:
    columns = add_thought(a, b).split(" ;")
    written = [column.split("=")[1].split()[1] for column in columns]
    assert int("".join(reversed(written))) == a + b
    assert all(eval(c.split("=")[0]) == int(c.split("=")[1].split()[0]) for c in columns)


@given(NUMBERS, NUMBERS)
def test_subtraction(a: int, b: int) -> None:
    a, b = max(a, b), min(a, b)
    columns = subtract_thought(a, b).split(" ;")
    written = [column.split("=")[1].split()[0] for column in columns]
    assert int("".join(reversed(written))) == a - b
    assert all(
        int(digit) == eval(c.split("=")[0]) for digit, c in zip(written, columns, strict=True)
    )


@given(NUMBERS, st.integers(0, 9999))
def test_multiplication(a: int, b: int) -> None:
    thought = multiply_thought(a, b)
    assert thought.endswith(f"={a * b}")
    assert steps_are_true(thought)


@given(NUMBERS, NUMBERS)
def test_order_does_not_make_another_sum(a: int, b: int) -> None:
    assert content(a, "+", b) == content(b, "+", a)
    assert content(a, "*", b) == content(b, "*", a)
    assert a == b or content(a, "-", b) != content(b, "-", a)


def test_every_level_has_every_split() -> None:
    family = Arithmetic()
    for level in range(1, 9):
        for split in ("train", "test", "ood"):
            task = family.generate(split, 0, level)
            given = task.metadata
            asked = given.get("terms") or (str(given["a"]), given["sign"], str(given["b"]))
            assert str(eval(" ".join(asked))) == task.target
            assert task.level == level
