"""A patch that changes what tests in the program itself want is no correction."""

import ast

import pytest

from cogitate.work.debugging.failures import Failure
from cogitate.work.debugging.objections import objection
from cogitate.work.debugging.own_tests import changes_tests

APP = '''
import pytest
import unittest

RATE = 0.2
GIVEN = [1, 2]
EXPECTED = 3


def total(items):
    """Return the sum.

    >>> total([1, 2])
    3
    """
    assert len(items) >= 0
    return sum(items) * RATE


def checked(items, wanted):
    assert total(items) == wanted


@pytest.fixture
def nothing():
    return []


async def test_nothing(nothing):
    checked(nothing, 0)


def test_given():
    assert total(GIVEN) == EXPECTED


class Base(unittest.IsolatedAsyncioTestCase):
    def setUp(self):
        self.items = [1, 2]


class Totals(Base):
    async def test_total(self):
        self.assertEqual(total(self.items), 3 * RATE)


class TestPlain:
    wanted = 3

    def test_total(self):
        assert total([1, 2]) == self.wanted


class Prober:
    def test_it(self):
        return self.host()

    def host(self):
        return "a"
'''
FAILED = Failure(
    kind="AssertionError", message="", text="", tests=frozenset({"app.py::test_given"})
)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("    3\n", "    2\n"),
        ("    >>> total([1, 2])\n    3\n", ""),
        ("GIVEN = [1, 2]", "GIVEN = [1, 1]"),
        ("EXPECTED = 3", "EXPECTED = 2"),
        ("EXPECTED = 3\n", "EXPECTED = 3\nEXPECTED = 2\n"),
        ("== wanted", "is not wanted"),
        ("return []", "return [0]"),
        ("checked(nothing, 0)", "checked(nothing, 1)"),
        ("self.items = [1, 2]", "self.items = [2, 2]"),
        ("3 * RATE)", "2 * RATE)"),
        ("    async def test_total", "    assertEqual = print\n\n    async def test_total"),
        ("wanted = 3", "wanted = 2"),
        ("return self.host()", "return 1"),
    ],
)
def test_what_tests_in_the_program_want_is_not_changed(old: str, new: str) -> None:
    assert APP.count(old) == 1
    assert objection(APP, APP.replace(old, new), FAILED, "app.py") == "it changes a test"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("sum(items) * RATE", "sum(items)"),
        ("len(items) >= 0", "len(items) > 0"),
        ("RATE = 0.2", "RATE = 1"),
        ("RATE = 0.2", "RATE = 0.2\nEXPECTED_RATE = 1"),
        ("* RATE\n", "* RATE * len(EXPECTED)\n"),
        ('return "a"', 'return "b"'),
        ("Return the sum.", "Return the sum of items."),
    ],
)
def test_what_tests_are_about_may_be_changed(old: str, new: str) -> None:
    assert APP.count(old) == 1
    assert objection(APP, APP.replace(old, new), FAILED, "app.py") is None


def test_without_tests_only_examples_are_some() -> None:
    old = "def test(x):\n    '''\n    >>> test(1)\n    1\n    '''\n    return x\n"
    for new, is_changed in (
        (old.replace("return x", "return 1"), False),
        (old.replace("  1", "  2"), True),
    ):
        assert changes_tests(ast.parse(old), ast.parse(new), are_run=False) is is_changed
