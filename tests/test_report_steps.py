"""One thought as steps."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import cogitate
from cogitate.evaluate.reflection.marks import MARKS
from cogitate.report.steps import steps_of, told


@given(
    thought=st.text(alphabet="ab 0.\n!no,Wait", max_size=60), target=st.sampled_from(["", "0", "a"])
)
def test_the_steps_are_the_whole_thought(thought: str, target: str) -> None:
    steps = steps_of(thought, target)
    assert "".join(step.text for step in steps) == thought
    assert sum(step.has_target for step in steps) <= 1


@pytest.mark.parametrize(
    ("thought", "target", "given_up", "first"),
    [
        ("It is 3. No, it is 4.", "4", [True, False], 2),
        ("8+6=14 no\n8*6=48 yes\n", "48", [True, False], 2),
        ("Wait.\nIt is 14.", "4", [False, False], None),
        ("so 4\nWait, is it?\nYes, 4", "4", [True, False, False], 1),
        ("", "4", [], None),
    ],
)
def test_steps_that_are_given_up_and_the_first_with_the_target(
    thought: str, target: str, given_up: list[bool], first: int | None
) -> None:
    steps = steps_of(thought, target)
    assert [step.is_given_up for step in steps] == given_up
    places = [place for place, step in enumerate(steps, 1) if step.has_target]
    assert places == ([] if first is None else [first])
    where = "the target in none" if first is None else f"the target first in step {first}"
    assert told(steps) == f"{len(steps)} steps, {sum(given_up)} given up, {where}"


def test_the_page_of_the_server_knows_the_same_words() -> None:
    page = (Path(cogitate.__file__).parent / "serve" / "page.html").read_text("utf-8")
    listed = page.partition("const TURN = new Set([")[2].partition("]")[0]
    assert set(re.findall(r'"(\w+)"', listed)) == MARKS


def test_a_part_of_a_number_is_not_the_target() -> None:
    assert told(steps_of("It is 4.5 now.", "4")).endswith("the target in none")
