"""Pasted tests, run on candidates in real processes: what passes, what fails, and why."""

from collections.abc import Iterator
from typing import Any

import pytest

from cogitate.errors import SandboxError, UsageError
from cogitate.sandbox import Execution, Sandbox
from cogitate.work.pasted import read_pasted
from cogitate.work.scenario_suite import ScenarioSuite

TESTS = """
import shop
from collections import Counter
from shop import total


def test_some():
    assert total([1, 2]) == 3


def test_none():
    assert total([]) == 0


def test_kind():
    prices = Counter(total([n]) for n in (4, 5))
    assert prices == {4: 1, 5: 1}
"""


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(workers=1) as sandbox:
        yield sandbox


def suite(sandbox: Sandbox, text: str = TESTS, **settings: float) -> ScenarioSuite:
    pasted = read_pasted(text, "shop")
    return ScenarioSuite(sandbox, pasted.scenarios, pasted.imported, **settings)


def test_a_right_candidate_passes_all(sandbox):
    held = suite(sandbox)
    assert held.tests == ("test_some", "test_none", "test_kind")
    assert held.empty == ()
    report = held.run("def total(prices):\n    return sum(prices)\n")
    assert report.passed
    assert (report.num_passed, report.num_tests, report.failed) == (3, 3, ())
    assert report.level == "full"


def test_a_wrong_one_is_told_what_fails(sandbox):
    report = suite(sandbox).run("def total(prices):\n    return prices[0] + prices[1]\n")
    assert (report.passed, report.num_passed) == (False, 1)
    assert [(f.test, f.kind, f.line) for f in report.failed] == [
        ("test_none", "IndexError", 2), ("test_kind", "IndexError", 2)
    ]  # fmt: skip
    (first, *_) = suite(sandbox).run("def total(prices):\n    return 1\n").failed
    assert (first.kind, first.message) == ("AssertionError", "total([1, 2]) == 3, but it gives 1")


def test_one_that_does_not_run_fails_as_a_whole(sandbox):
    report = suite(sandbox).run("def total(prices:\n")
    assert (report.num_passed, report.failed) == (0, ())
    assert (report.error.kind, report.error.line) == ("SyntaxError", 1)
    assert report.error.message == "'(' was never closed"


def test_one_that_defines_nothing_of_it_fails_each_test(sandbox):
    report = suite(sandbox).run("def sum_of(prices):\n    return 0\n")
    assert {failure.kind for failure in report.failed} == {"ImportError"}
    assert {failure.line for failure in report.failed} == {None}  # it is a line of the test


def test_one_without_an_end_is_stopped(sandbox):
    held = suite(sandbox, wall_s=1.5)
    report = held.run("def total(prices):\n    while True:\n        pass\n")
    assert [failure.kind for failure in report.failed] == ["Stopped"] * 3
    assert report.failed[-1].message == "no time was left to run it"
    assert report.seconds < 15


class Counted:
    """A sandbox that counts its processes."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox, self.missing, self.num = sandbox, sandbox.missing, 0

    def run(self, *given: Any) -> Execution:
        self.num += 1
        return self.sandbox.run(*given)


def test_each_test_has_a_process_of_its_own_and_what_passes_runs_twice(sandbox):
    counted = Counted(sandbox)
    held = suite(counted)
    for text, num in (("return sum(prices)", 6), ("return 3", 3)):
        counted.num = 0
        held.run(f"def total(prices):\n    {text}\n")
        assert counted.num == num


def test_tests_that_nothing_passes_do_not_count(sandbox):
    text = (
        "import shop\n\n\ndef test_a():\n    assert 1\n\n\ndef test_b():\n    assert shop.x == 1\n"
    )
    held = suite(sandbox, text)
    assert (held.tests, held.empty) == (("test_b",), ("test_a",))
    assert held.run("x = 1").num_tests == 1
    with pytest.raises(UsageError, match="pass on an empty module"):
        suite(sandbox, text.partition("def test_b")[0])


def test_modules_that_are_not_there_are_named(sandbox):
    with pytest.raises(UsageError, match="the tests import numpy, which the sandbox does not have"):
        suite(sandbox, TESTS.replace("import shop\n", "import shop\nimport numpy\n"))


def test_weak_walls_are_refused():
    with Sandbox(workers=1) as sandbox:
        sandbox.missing = {"landlock": "no such system call"}
        with pytest.raises(SandboxError, match="level full any more: landlock: no such"):
            suite(sandbox)


def test_a_closed_sandbox_ends_it():
    with Sandbox(workers=1) as sandbox:
        held = suite(sandbox)
        sandbox.close()
        with pytest.raises(SandboxError):
            held.run("def total(prices):\n    return 0\n")
