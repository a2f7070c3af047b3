"""Candidates that pass are told apart by what they do on inputs near those of the tests."""

from collections.abc import Iterator

import pytest

from cogitate.sandbox import Call, Sandbox
from cogitate.work.behaviour import behaviours, clusters, varied

TESTS = """
from lists import first

def test(data):
    assert first([1, 2], default=0) == 1
    assert first(data) == 3
    assert other([1]) == 1
"""
GOOD = "def first(items, default=None):\n    return items[0] if items else default\n"
ALSO = "def first(items, default=None):\n    return next(iter(items), default)\n"
RAISES = "def first(items, default=None):\n    return items[0]\n"
NONE = "def first(items, default=None):\n    return items[0] if items else None\n"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(workers=1) as sandbox:
        yield sandbox


def test_inputs_are_varied_from_the_literals_of_the_calls() -> None:
    calls = varied([TESTS], ["first"])
    assert Call(function="first", args=([],), kwargs={"default": 0}) in calls
    assert Call(function="first", args=([2, 1],), kwargs={"default": 0}) in calls
    assert {call.function for call in calls} == {"first"}
    assert (
        len(
            varied(
                ["from a import f\n" + "f(1, 2, 3, 'a')\n" * 9 + f"f({list(range(99))})\n" * 9],
                ["f"],
            )
        )
        <= 24
    )


@pytest.mark.parametrize(
    "text",
    ["import lists\nlists.first([])", "import lists as l\nl.first([])",
     "from . import lists\nlists.first([])", "from lists import first as f\nf([])"],
)  # fmt: skip
def test_calls_are_found_however_they_are_spelled(text: str) -> None:
    calls = varied([text.replace("[]", "[1]")], ["first"])
    assert Call(function="first", args=([],)) in calls
    assert varied(["basket.first([1])"], ["first"]) == []


@pytest.mark.parametrize("text", ["f(1+2j, 3)", "f(..., 3)", "f(1, **{'n': 2})"])
def test_calls_that_no_sandbox_takes_are_left_out(text: str) -> None:
    assert varied([f"from a import f\n{text}"], ["f"]) == []


def test_objects_and_huge_numbers_are_behaviour(sandbox: Sandbox) -> None:
    text = "class A: pass\ndef f(n): return A() if n < 0 else 10**(5000 + n)\n"
    calls = [Call(function="f", args=(n,)) for n in (-1, 0)]
    (found,) = behaviours([text], calls, sandbox.run)
    assert found.outcomes[0] == "an object"
    assert int(found.outcomes[1], 16) == 10**5000


def test_programs_that_do_the_same_are_one_group_and_the_largest_is_first(
    sandbox: Sandbox,
) -> None:
    calls = varied([TESTS], ["first"])
    texts = [RAISES, GOOD, NONE, ALSO]
    assert clusters(behaviours(texts, calls, sandbox.run)) == [[1, 3], [0], [2]]
