"""Tests as scenarios: the verdict is pytest's, and what is expected stays in this process."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cogitate.coding.scenarios import Scenario, program_with, read_scenarios
from cogitate.errors import UsageError
from cogitate.sandbox import Limits, Sandbox

DEVELOPMENT = Path(__file__).resolve().parent.parent / "bench" / "tdd" / "development"
NOT_READ = {
    "changelog": "values are objects",
    "jobqueue": "a helper method of a test class",
    "pairtext": "a type is returned",
    "shophours": "dates are returned",
    "tryagain": "it needs a mock",
}
TESTS = """
import math
import unittest

import pytest
import shop as s
from shop import Basket, total as summed

PRICES = {"nut": 3, "pin": 5}
CASES = [("nut", 3), ("pin", 5)]


@pytest.fixture
def prices():
    return dict(PRICES)


@pytest.fixture
def basket(prices):
    basket = Basket(prices)
    basket.add("nut")
    yield basket


def test_total(basket):
    assert basket.total() == 3 and basket.names == ["nut"]
    basket.add("pin")
    assert basket.names == ["nut", "pin"]
    assert not basket.is_empty


@pytest.mark.parametrize("name, price", CASES)
@pytest.mark.parametrize("count", [1, pytest.param(2, id="two")])
def test_prices(name, price, count):
    assert summed([name] * count, PRICES) == price * count


def test_errors():
    with pytest.raises((KeyError, ValueError), match="no price") as info:
        summed(["car"], PRICES)
    assert "car" in str(info.value)


def test_numbers():
    assert s.mean([0.1, 0.2]) == pytest.approx(0.15)
    assert 0 < s.mean([1, 2])
    for numbers, mean in [([1], 1), ([1, 3], 2)]:
        assert s.mean(numbers) == mean
    assert s.mean([]) is None
    assert math.isnan(s.mean([float("nan")]))


class BasketTest(unittest.TestCase):
    def setUp(self):
        self.basket = Basket(PRICES)

    def test_basket(self):
        self.assertTrue(self.basket.is_empty)
        self.basket.add("pin")
        self.assertEqual(self.basket.total(), 5)
        self.assertIn("pin", self.basket.names)
        self.assertAlmostEqual(s.mean([1, 2]), 1.5004, places=3)
        self.assertRaises(KeyError, self.basket.add, "car")
        with self.assertRaisesRegex(KeyError, "c.r"):
            self.basket.add("car")
"""
SHOP = """
def total(names, prices):
    for name in names:
        if name not in prices:
            raise ValueError(f"no price for {name}")
    return sum(prices[name] for name in names)


def mean(numbers):
    return sum(numbers) / len(numbers) if numbers else None


class Basket:
    def __init__(self, prices):
        self.prices, self.names = prices, []

    @property
    def is_empty(self):
        return not self.names

    def add(self, name):
        self.prices[name]
        self.names.append(name)

    def total(self):
        return total(self.names, self.prices)
"""
CHEAT = """
class Same:
    def __eq__(self, other): return True
    def __bool__(self): return True
    def __contains__(self, other): return True
    def __call__(self, *args): return self
    def __getattr__(self, name): return self
    def __gt__(self, other): return True

def total(names, prices): return Same()
def mean(numbers): return Same()
def Basket(prices): return Same()
"""
LOOKING = """
import sys

def mean(numbers):
    frame, known = sys._getframe(1), []
    while frame is not None:
        known += [value for value in frame.f_locals.values() if isinstance(value, float)]
        known += [c for c in frame.f_code.co_consts if isinstance(c, float)]
        frame = frame.f_back
    return max(known, default=0.0)
"""


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(workers=1) as opened:
        yield opened


def faults(sandbox: Sandbox, program: str, scenarios: tuple[Scenario, ...]) -> list[str]:
    found: list[str] = []
    for one in scenarios:
        ran = sandbox.run(program_with(program, one), [one.call], Limits())
        assert len(ran.outcomes) == 1, (ran.error, ran.stopped)
        found += [fault] if (fault := one.fault(ran.outcomes[0])) else []
    return found


def test_a_correct_module_passes_and_pytest_agrees(sandbox: Sandbox, tmp_path: Path) -> None:
    scenarios = read_scenarios(TESTS, "shop", "test_shop.py")
    assert len(scenarios) == 8
    assert faults(sandbox, SHOP, scenarios) == []
    (tmp_path / "shop.py").write_text(SHOP)
    (tmp_path / "test_shop.py").write_text(TESTS)
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-c", "/dev/null", "--rootdir", tmp_path, tmp_path],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "8 passed" in run.stdout, run.stdout


@pytest.mark.parametrize(
    ("correct", "wrong", "test"),
    [
        ("if numbers else None", "if numbers else 0", "test_numbers"),
        ("no price for {name}", "no price", "test_errors"),
        ("raise ValueError", "raise TypeError", "test_errors"),
        ("self.names.append(name)", "self.names = [name]", "test_total"),
        ("self.prices[name]\n", "self.prices\n", "BasketTest::test_basket"),
        ("return sum(prices[name] for", "return max(prices[name] for", "test_prices[2]"),
    ],
)
def test_a_fault_is_found_in_the_test_that_shows_it(
    sandbox: Sandbox, correct: str, wrong: str, test: str
) -> None:
    assert correct in SHOP
    scenarios = read_scenarios(TESTS, "shop", "test_shop.py")
    found = faults(sandbox, SHOP.replace(correct, wrong), scenarios)
    assert any(fault.startswith(f"{test}: ") for fault in found), found


def test_objects_that_equal_everything_pass_nothing(sandbox: Sandbox) -> None:
    scenarios = read_scenarios(TESTS, "shop", "test_shop.py")
    assert len(faults(sandbox, CHEAT, scenarios)) == len(scenarios)


def test_what_is_expected_never_reaches_the_program(sandbox: Sandbox) -> None:
    text = """
import pytest
from shop import mean
EXPECTED = 0.8125
def test_literal(): assert mean([1]) == 0.8125
def test_constant(): assert mean([1]) == EXPECTED
@pytest.mark.parametrize("given, mean_of", [([1], 0.8125), ([1], 0.8125 + 0)])
def test_parameter(given, mean_of): assert mean(given) == mean_of
def test_loop():
    for given, mean_of in [([1], 0.8125)]:
        assert mean_of == mean(given)
"""
    scenarios = read_scenarios(text, "shop", "test_shop.py")
    assert not any("0.8125" in one.source for one in scenarios)
    assert len(faults(sandbox, LOOKING, scenarios)) == len(scenarios) == 5


def parts(text: str) -> list[tuple[int, int]]:
    """The checks that each scenario has, and the first that counts."""
    return [(len(one.checks), one.first) for one in read_scenarios(text, "shop", "test.py")]


def test_a_value_that_is_expected_and_given_later_makes_two_scenarios() -> None:
    both = "    assert encode('ab') == 'xyz'\n    assert decode('xyz') == 'ab'\n"
    assert parts(f"def test():\n{both}") == [(1, 0), (2, 1)]
    named = "    sent = 'xyz'\n" + both.replace("'xyz'", "sent")
    assert parts(f"def test():\n{named}") == [(1, 0), (2, 1)]
    parameters = "@pytest.mark.parametrize('sent', ['xyz'])\ndef test(sent):\n"
    assert parts(parameters + both.replace("'xyz'", "sent")) == [(1, 0), (2, 1)]
    first, _ = read_scenarios(f"def test():\n{named}", "shop", "test.py")
    assert "xyz" not in first.source
    assert parts("def test():\n    assert decode(encode('ab')) == 'ab'\n    f('ab')\n") == [(1, 0)]
    assert parts("def test():\n    assert f(5) == 0\n    assert f(0) == 5\n") == [(2, 0)]


SORTS = "def test():\n    rows = [2, 1]\n    {}\n    assert sort(rows) is None\n    {}\n"


@pytest.mark.parametrize(
    ("test", "program", "passes"),
    [
        (SORTS.format("pass", "assert rows == [1, 2]"), "def sort(x): x.sort()", True),
        (SORTS.format("old = list(rows)", "assert rows == old"), "def sort(x): x.sort()", False),
        (SORTS.format("old = list(rows)", "assert rows == old"), "def sort(x): pass", True),
        ("def test():\n    assert copy(R) is not R\nR = [1]", "def copy(x): return list(x)", True),
        ("def test():\n    assert copy(R) is not R\nR = [1]", "def copy(x): return x", False),
        (
            "def test(): assert sorted(f()) == [1, 2]",
            "def f(): return [2, 1]\ndef sorted(x): return x",
            True,
        ),
        ("def test(): assert f()", "bool = lambda x: 1\ndef f(): return []", False),
        ("def test(): assert not f()", "def f(): return {}", True),
        ("def test(): assert f() is True", "def f(): return True", True),
        ("def test(): assert f() is True", "def f(): return 1", False),
        ("def test(): assert f() is None", "def f(): return object()", False),
        ("def test(): assert f() is not None", "def f(): return object()", True),
        ("class TestA:\n    def test(self): self.assertIsNone(f())", "def f(): pass", True),
        ("def test(): assert 0 <= f() < 2", "def f(): return 1", True),
        ("def test(): assert 0 <= f() < 2", "def f(): return 2", False),
        ("def test(): assert abs(f() - 1.4) < 0.1", "def f(): return 1.45", True),
        (
            "def test(): assert abs(f() - 1.4) < 0.1",
            "class A:\n    def __sub__(self, o): return 0\ndef f(): return A()",
            False,
        ),
        (
            "from collections import Counter\ndef test(): assert f('aab') == {'a': 2, 'b': 1}",
            "from collections import Counter as f",
            True,
        ),
        (
            "@pytest.mark.parametrize('kind', [KeyError])\ndef test(kind):\n"
            "    with pytest.raises(kind): f()",
            "def f(): {}['a']",
            True,
        ),
        ("def test():\n    with pytest.raises(OSError): f()", "def f(): raise IOError", True),
        (
            "def test():\n    with pytest.raises(ValueError): f()",
            "ValueError = Exception\ndef f(): raise Exception",
            False,
        ),
        ("def test():\n    with pytest.raises(SystemExit): f()", "def f(): raise SystemExit", True),
        (
            "@pytest.fixture\ndef a(): return []\n@pytest.fixture\ndef b(a): return a\n"
            "def test(a, b):\n    f(a)\n    assert b == [1]",
            "def f(x): x.append(1)",
            True,
        ),
        ("def test():\n    from shop import f\n    assert f() == 1", "def f(): return 1", True),
        ("import json, shop\ndef test(): assert shop.f() == 1", "def f(): return 1", True),
        ("def test(): assert f() == 10 ** 9", "def f(): return 9 ** 9999", False),
        ("class TestA:\n    def test(self): self.assertCountEqual(f(), [{'a': 1, 'b': 2}])",
         "def f(): return [{'b': 2, 'a': 1}]", True),
        ("def test():\n    with pytest.raises(ValueError): f()",
         "import builtins\nbuiltins.ValueError = KeyError\ndef f(): raise KeyError", False),
        ("def test(): assert not f()",
         "import builtins\nbuiltins.bool = lambda _: False\ndef f(): return [1]", False),
        ("def test(): assert f() is None",
         "import builtins\nbuiltins.exec = lambda _, names: names.update(_run=lambda: [[True]])\n"
         "def f(): return 1", False),
    ],
)  # fmt: skip
def test_the_verdict_is_that_of_the_test(
    sandbox: Sandbox, test: str, program: str, passes: bool
) -> None:
    name = next(name for name in ("sort", "copy", "f") if f"{name}(" in test)
    text = f"import pytest\nfrom shop import {name}\n{test}"
    assert (faults(sandbox, program, read_scenarios(text, "shop", "test.py")) == []) is passes


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("def same(a): assert a == 3\ndef test(): same(f())", "assertions in helpers are not read"),
        ("def test(): assert f(1) == 2 or f(1) == 3", "is no assertion that is read"),
        ("def test(): assert all(f(n) == n for n in (1, 2))", "is no assertion that is read"),
        ("def test(): assert (f(1) == 2) is True", "is no assertion that is read"),
        ("def test():\n    pytest.raises(ValueError, f)", "an assertion inside"),
        ("@pytest.fixture(autouse=True)\ndef a(): return 1\ndef test(a): assert a", "autouse"),
        ("class TestA(Base):\n    def test(self): pass", "derives from TestCase alone"),
        ("if FAST:\n    def test(): pass", "only imports, values"),
        ("def test(): f(", "test_shop.py is no Python"),
        ("X = 1", "test_shop.py has no tests"),
        ("def test(tmp_path): assert 1", "test_shop.py:1: the argument tmp_path is no parameter"),
        ("def test():\n    if 1:\n        assert 2", "test_shop.py:2: an assertion inside"),
        ("def test():\n    for x in f():\n        assert x", "has to be over a written list"),
        ("@skip\ndef test(): assert 1", "test_shop.py:1: @skip cannot be read"),
        ("import os\nos.chdir('/')\ndef test(): assert 1", "test_shop.py:2: only imports"),
        ("class TestA:\n    def test(self):\n        self.assertFoo(1)", "is no assertion"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_line(text: str, message: str) -> None:
    with pytest.raises(UsageError) as error:
        read_scenarios(text, "shop", "test_shop.py")
    assert message in str(error.value)
    assert "\n" not in str(error.value).strip().partition("no Python")[0]


@pytest.mark.parametrize(
    "folder", [path for path in sorted(DEVELOPMENT.iterdir()) if path.name not in NOT_READ],
    ids=lambda path: path.name,
)  # fmt: skip
def test_real_test_files_accept_their_references_and_no_stub(
    sandbox: Sandbox, folder: Path
) -> None:
    reference = (folder / f"reference_{folder.name}.py").read_text(encoding="utf-8")
    tree = ast.parse(reference)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            node.body = [ast.Return(ast.Constant(None))]
    for kind in ("test", "hidden"):
        name = f"{kind}_{folder.name}.py"
        text = (folder / name).read_text(encoding="utf-8")
        scenarios = read_scenarios(text, folder.name, name)
        assert faults(sandbox, reference, scenarios) == []
        assert faults(sandbox, ast.unparse(tree), scenarios)
