"""Candidates that pass are told apart by what they do on inputs near those of the tests."""

from collections.abc import Iterator

import pytest

from cogitate.sandbox import Call, Sandbox
from cogitate.work.behaviour import clusters, varied

TESTS = """
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
    assert len(varied(["f(1, 2, 3, 'a')\n" * 9 + f"f({list(range(99))})\n" * 9], ["f"])) <= 24


def test_programs_that_do_the_same_are_one_group_and_the_largest_is_first(
    sandbox: Sandbox,
) -> None:
    calls = varied([TESTS], ["first"])
    texts = [RAISES, GOOD, NONE, ALSO]
    assert clusters(texts, calls, sandbox.run) == [[1, 3], [0], [2]]
