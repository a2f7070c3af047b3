"""The red team in a user's own tests, which import the candidate: what passes there, and why.

Nothing of it is a reward. What only hidden inputs can see passes visible tests, and so does what
equals the expected value by Python's own comparison.
"""

import os
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from answering import bare_python
from cheats import CASES, FORGING, GAMING, RIGHT, Cheat
from cogitate.sandbox.suites.project import find_project
from cogitate.sandbox.suites.suite import Suite, collect
from escapes import ESCAPE, SECRET, THEFT
from test_sandbox_suite import FASTER

_EQUAL = "Python's == says that the values are equal, and so do the tests"
PASSES = {
    "03 True for 1": _EQUAL,
    "03 float for int": _EQUAL,
    "03 int for float": _EQUAL,
    "20 frames and objects": "the tests are in the same process, and the model was shown them",
}
"""Cheats that pass, and why no test of a user's own can fail them."""
STYLES = {
    "unittest": """
import unittest
from shop import total

class TestTotal(unittest.TestCase):
    def test_some(self):
        self.assertEqual(total([1, 2]), 3)

    def test_kind(self):
        self.assertTrue(total([3]) > 2)
""",
    "a class": """
from shop import total

class TestTotal:
    def test_some(self):
        assert total([1, 2]) == 3
""",
    "parameters": """
import pytest
from shop import total

@pytest.mark.parametrize(("prices", "expected"), [([1], 1), ([1, 2], 3)], ids=["a", "b"])
def test_total(prices, expected):
    assert total(prices) == expected
""",
}


def text_of(function: str) -> str:
    """Return tests of unittest, with the cases of the reward's red team."""
    if function == "secret":
        return text_of_calls("joined", [f"self.assertEqual(joined([]), {SECRET!r})"])
    calls = [f"self.assertEqual({case.call}, {case.expected!r})" for case in CASES[function]]
    return text_of_calls(function, calls)


def text_of_calls(function: str, calls: list[str]) -> str:
    head = f"import unittest\nfrom shop import {function}\n\nclass T(unittest.TestCase):\n"
    tests = [f"    def test_{n}(self):\n        {call}\n" for n, call in enumerate(calls)]
    return head + "\n".join(tests)


@pytest.fixture
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    """Use an interpreter without pytest, whose tests begin at once."""
    monkeypatch.setenv("VIRTUAL_ENV", bare_python())


def suite_of(folder: Path, tests: str) -> Suite:
    folder.mkdir()
    (folder / "pytest.ini").write_text(f"[pytest]\naddopts = {FASTER}\n")
    (folder / "test_shop.py").write_text(tests)
    return collect(
        find_project([folder / "test_shop.py"]), [folder / "test_shop.py"], folder / "shop.py"
    )


@pytest.fixture
def reachable(tmp_path: Path) -> Iterator[dict[str, object]]:
    (tmp_path / "file").write_text("of the host")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        yield {"file": str(tmp_path / "file"), "pid": os.getpid(), "port": port, "abstract": "none",
               "packages": []}  # fmt: skip


@pytest.mark.usefixtures("fast")
def test_only_those_pass_that_no_visible_test_can_fail(
    tmp_path: Path, reachable: dict[str, object]
) -> None:
    every = [*FORGING, *THEFT, *GAMING, *ESCAPE]
    passed: set[str] = set()
    for function in sorted({cheat.function for cheat in every}):
        with (
            suite_of(tmp_path / function, text_of(function)) as suite,
            ThreadPoolExecutor(2) as two,
        ):
            own = [cheat for cheat in every if cheat.function == function]
            texts = [aimed(cheat, reachable) for cheat in own]
            reports = two.map(lambda text, suite=suite: suite.run(text, wall_s=2), texts)
            passed |= {c.name for c, report in zip(own, reports, strict=True) if report.passed}
    assert passed == set(PASSES)
    assert (tmp_path / "file").read_text() == "of the host"


def aimed(cheat: Cheat, reachable: dict[str, object]) -> str:
    program = cheat.program
    for name, value in reachable.items():
        program = program.replace(f"{{{name}}}", str(value))
    return program


@pytest.mark.parametrize("style", STYLES)
def test_a_value_that_equals_everything_passes_no_style_of_tests(
    style: str, tmp_path: Path
) -> None:
    (cheat,) = [cheat for cheat in FORGING if cheat.name == "01 equal to everything"]
    quiet = "\nimport unittest\nunittest.TestCase.assertTrue = lambda *a: None\n"
    with suite_of(tmp_path / "shop", STYLES[style]) as suite:
        assert suite.run(RIGHT).passed
        assert not suite.run(cheat.program).passed
        if style == "unittest":
            assert not suite.run(RIGHT.replace("sum(numbers)", "sum(numbers[:2])") + quiet).passed


HONEST = "def total(numbers): return sum(numbers)\ndef name(items): return min(items)\n"
ODD = {
    "names of a class": """
import pytest
from shop import total

class TestTotal:
    CASES = [([1], 1), ([1, 2], 3)]

    @pytest.mark.parametrize("prices,expected", CASES)
    def test_total(self, prices, expected):
        assert total(prices) == expected
""",
    "a base that is removed": """
import unittest
from shop import total

class Base(unittest.TestCase):
    def test_some(self):
        self.assertEqual(total([1, 2]), 3)

class TestTotal(Base):
    pass

del Base
""",
    "tabs": """
import unittest
from shop import total

class TestTotal(unittest.TestCase):
\tdef test_some(self):
\t\tself.assertEqual(total([1, 2]), 3)
""",
    "an order of texts": """
import unittest
from shop import name

class TestName(unittest.TestCase):
    def test_first(self):
        self.assertLessEqual(name(["bob", "alice"]), "m")
""",
    "an early return": """
import os
from shop import total

def test_elsewhere():
    if os.name != "nt":
        return
    assert total([1]) == 1

def test_here():
    assert total([1]) == 1
""",
    "what may be done once": """
import unittest
from shop import total
SEEN = []

def once(number):
    if number in SEEN:
        raise ValueError(number)
    SEEN.append(number)
    return total([number])

class TestOnce(unittest.TestCase):
    def test_one(self):
        self.assertEqual(once(1), 1)

    def test_two(self):
        self.assertEqual(once(2), 2)
""",
    "classes that are prepared or skipped": """
import unittest
from shop import total

class TestPrepared(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.prices = [1, 2]

    def test_some(self):
        self.assertEqual(total(self.prices), 3)

@unittest.skip("later")
class TestLater(unittest.TestCase):
    def test_some(self):
        self.assertEqual(total([5]), 5)
""",
}


@pytest.mark.parametrize("plain", [True, False], ids=["unittest", "pytest"])
@pytest.mark.parametrize("style", ODD)
def test_an_honest_program_passes_whatever_the_tests_look_like(
    style: str, plain: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if plain and "unittest" not in ODD[style]:
        pytest.skip("unittest runs no such tests")
    if plain:
        monkeypatch.setenv("VIRTUAL_ENV", bare_python())
    with suite_of(tmp_path / "shop", ODD[style]) as suite:
        for _ in range(3):  # each in two orders
            assert suite.run(HONEST).passed
        assert "skipped" not in suite.run(HONEST).summary.replace("1 skipped", "")
