"""Pasted tests: which module they ask for, and which of them can be read."""

import pytest

from cogitate.errors import UsageError
from cogitate.work.pasted import read_pasted

TESTS = """
import math
import unittest
from shop.till import pay, TooLittle
import pytest


def test_pay():
    assert pay(3, 5) == 2


@pytest.mark.parametrize("price", [1, 2])
def test_exact(price):
    assert pay(price, price) == math.floor(0.5)


def test_too_little():
    with pytest.raises(TooLittle):
        pay(3, 2)


@pytest.mark.slow
def test_slow():
    assert pay(0, 0) == 0


class TestPay:
    def test_in_class(self, capsys):
        assert pay(1, 1) == 0
"""


def test_the_module_and_what_it_needs():
    pasted = read_pasted(TESTS)
    target = pasted.work.target
    assert (target.module, target.path.name) == ("shop.till", "till.py")
    assert {asked.name: asked.kind for asked in target.asked} == {
        "pay": "function", "TooLittle": "exception"
    }  # fmt: skip
    assert pasted.work.tests == {"test_till.py": TESTS}
    assert pasted.imported == ("math",)


def test_each_test_is_read_or_says_why_not():
    pasted = read_pasted(TESTS)
    names = [scenario.test for scenario in pasted.scenarios]
    assert names == ["test_pay", "test_exact[0]", "test_exact[1]", "test_too_little"]
    assert pasted.unread == {
        "test_slow": "test_till.py:22: @pytest.mark.slow cannot be read; only parametrize can",
        "TestPay::test_in_class": "test_till.py:28: the argument capsys is no parameter and no"
        " fixture of the file",
    }


def test_there_is_a_limit():
    assert len(read_pasted(TESTS, most=6).scenarios) == 4
    with pytest.raises(UsageError, match="more than 5 tests"):
        read_pasted(TESTS, most=5)


@pytest.mark.parametrize(
    ("text", "module", "message"),
    [
        ("def test(:", None, "no Python"),
        ("x = " + "not " * 9000 + "x", None, "nested too deeply"),
        ("import math\n\ndef test():\n    assert math.pi", None, "no module but Python's own"),
        ("import math\n\ndef test():\n    assert math.pi", "math", "do not import 'math'"),
        ("import a\nimport b\n\ndef test():\n    assert a.x", None, "import a, b: name the one"),
        ("import a\n\ndef test():\n    assert a.x", "b", "they import a"),
        ("from . import a\n\ndef test():\n    assert a.x", None, "relative import"),
        ("import a", None, "test_a.py has no tests"),
        ("import a\nprint(a)\n\ndef test():\n    assert a.x", None, "test_a.py:2: only imports"),
        ("import a\n\ndef test(x):\n    assert a.x", None, "none of the tests can be read"),
    ],
)
def test_what_asks_for_nothing_is_refused(text, module, message):
    with pytest.raises(UsageError, match=message):
        read_pasted(text, module)


def test_of_several_modules_one_is_named():
    text = "import a\nimport b\n\ndef test():\n    assert a.x == b.x"
    pasted = read_pasted(text, "b")
    assert pasted.work.target.module == "b"
    assert pasted.imported == ("a",)
