"""Which changes hide a failure instead of mending it."""

from dataclasses import replace

import pytest

from broken_shop import FAILURE, FIXED, SHOP
from cogitate.work.debugging.failures import Failure, Frame
from cogitate.work.debugging.objections import objection

CALL = 'print(total([{"prize": 1}]))\n'
SUM = "    return sum(price(order) for order in orders)\n"
HIDING = {
    "a bare except": SHOP.replace(CALL, f"try:\n    {CALL}except:\n    pass\n"),
    "a broad except": SHOP.replace(CALL, f"try:\n    {CALL}except Exception:\n    print(0)\n"),
    "in a tuple": SHOP.replace(CALL, f"try:\n    {CALL}except (OSError, Exception):\n    x = 1\n"),
    "its own kind": SHOP.replace(CALL, f"try:\n    {CALL}except KeyError:\n    pass\n"),
    "suppress": SHOP.replace(
        CALL, f"from contextlib import suppress\nwith suppress(KeyError):\n    {CALL}"
    ),
    "contextlib.suppress": SHOP.replace(
        CALL, f"import contextlib\nwith contextlib.suppress(KeyError):\n    {CALL}"
    ),
    "sys.exit": SHOP.replace(CALL, f"import sys\nsys.exit(0)\n{CALL}"),
    "os._exit": SHOP.replace("def price(order):", "def price(order):\n    import os; os._exit(0)"),
    "raise SystemExit": SHOP.replace(CALL, f"raise SystemExit(0)\n{CALL}"),
    "excepthook": SHOP.replace(CALL, f"import sys\nsys.excepthook = print\n{CALL}"),
    "the call is gone": SHOP.replace(CALL, ""),
    "the call is a comment": SHOP.replace(CALL, f"# {CALL}print(0)\n"),
    "an inner call is gone": SHOP.replace(
        "sum(price(order) for order in orders)", "sum(1 for order in orders)"
    ),
    "a function is gone": SHOP.replace("    def last(self):\n        return self.sums[-1]\n", ""),
    "an error above it": SHOP.replace(CALL, f"try:\n    {CALL}except LookupError:\n    pass\n"),
    "it only prints": SHOP.replace(CALL, f"try:\n    {CALL}except KeyError as e:\n    print(e)\n"),
    "no more than a return": SHOP.replace(
        SUM, f"    try:\n    {SUM}    except KeyError:\n        return\n"
    ),
    "a return at last": SHOP.replace(SUM, f"    try:\n    {SUM}    finally:\n        return 0\n"),
    "a raise that never is": SHOP.replace(
        CALL, f"try:\n    {CALL}except Exception:\n    if False:\n        raise\n"
    ),
    "a context that swallows": SHOP.replace(
        CALL,
        f"class Q(Till):\n    def __exit__(self, *_):\n        return True\nwith Q():\n    {CALL}",
    ),
    "suppress by another name": SHOP.replace(
        CALL, f"import contextlib as c\nwith c.suppress(KeyError):\n    {CALL}"
    ),
    "exit by another name": SHOP.replace(CALL, f"from sys import exit as e\ne(0)\n{CALL}"),
    "exit of another name": SHOP.replace(CALL, f"import sys as s\ns.exit(0)\n{CALL}"),
    "exit by its name": SHOP.replace(CALL, f"import sys\ngetattr(sys, 'exit')(0)\n{CALL}"),
    "exit of a call": SHOP.replace(CALL, f"__import__('os')._exit(0)\n{CALL}"),
    "SystemExit in a variable": SHOP.replace(CALL, f"stop = SystemExit\nraise stop\n{CALL}"),
    "a test is skipped": SHOP.replace(SUM, f"    import pytest\n    pytest.skip('')\n{SUM}"),
    "a test skips itself": SHOP.replace(
        SUM, f"    from unittest import *\n    raise SkipTest\n{SUM}"
    ),
    "an early return": SHOP.replace(SUM, f"    return 0\n{SUM}"),
    "an early return if True": SHOP.replace(SUM, f"    if True:\n        return 0\n{SUM}"),
    "never": SHOP.replace(CALL, f"if False:\n    {CALL}print(0)\n"),
    "no turn of a loop": SHOP.replace(CALL, f"for _ in []:\n    {CALL}print(0)\n"),
    "0 and": SHOP.replace("return sum(price", "return 0 and sum(price"),
    "in a function that nobody calls": SHOP.replace(CALL, f"def main():\n    {CALL}print(0)\n"),
}


@pytest.mark.parametrize("name", HIDING)
def test_hiding_a_failure_is_rejected(name: str) -> None:
    assert HIDING[name] != SHOP
    assert objection(SHOP, HIDING[name], FAILURE, "shop.py") is not None


@pytest.mark.parametrize(
    "new",
    [
        FIXED,
        SHOP.replace('order["price"]', 'order.get("price", 0)'),
        SHOP.replace(
            '    return order["price"] * RATE',
            "    try:\n        return order['price'] * RATE\n"
            "    except KeyError:\n        return order['prize'] * RATE",
        ),
        SHOP.replace(
            "def total(orders):", "def total(orders):\n    if not orders:\n        raise ValueError"
        ),
        SHOP.replace(CALL, f"def main():\n    {CALL}\n\nif __name__ == '__main__':\n    main()\n"),
        SHOP.replace(SUM, f"    if not orders:\n        return 0\n{SUM}"),
        SHOP.replace(SUM, f"    try:\n    {SUM}    except KeyError:\n        return False\n"),
        SHOP.replace("def price(order):\n", "def price(order):\n    skip = 1\n"),
    ],
)
def test_a_correction_is_not_rejected(new: str) -> None:
    assert new != SHOP
    assert objection(SHOP, new, FAILURE, "shop.py") is None


def test_a_raise_that_failed_has_to_stay_and_a_wrong_name_may_go() -> None:
    text = "def f(n):\n    if n > 1:\n        raise ValueError(n)\n    return prnt(n)\n\n\nf(2)\n"
    frames = (Frame(path="a.py", line=7, function="<module>"),)
    raised = Failure(
        kind="ValueError",
        message="2",
        text="",
        frames=(*frames, Frame(path="a.py", line=3, function="f")),
    )
    gone = text.replace("    if n > 1:\n        raise ValueError(n)\n", "")
    assert objection(text, gone, raised, "a.py") == "it removes a raise"
    other = gone.replace(
        "    return", "    if n < 0:\n        raise ValueError('below 0')\n    return"
    )
    assert objection(text, other, raised, "a.py") == "it removes a raise"
    assert objection(text, text.replace("n > 1", "n > 2"), raised, "a.py") is None
    assert objection(text, text.replace("ValueError", "KeyError"), raised, "a.py") is None
    assert (
        objection(text, text.replace("ValueError(n)", "ValueError('big')"), raised, "a.py") is None
    )
    named = Failure(
        kind="NameError",
        message="prnt",
        text="",
        frames=(*frames, Frame(path="a.py", line=4, function="f")),
    )
    assert objection(text, text.replace("prnt", "print"), named, "a.py") is None


@pytest.mark.parametrize(
    ("new", "is_taken"),
    [
        ("float(text)", True),
        ("int(float(text))", True),
        ("parse(text)", True),
        ("0", False),
        ("print(text)", False),
        ("text", False),
    ],
)
def test_another_call_may_take_the_place_of_the_one_that_failed(new: str, is_taken: bool) -> None:
    text = "def f(text):\n    return int(text)\n\n\nprint(f('3.5'))\n"
    frames = (Frame(path="a.py", line=5, function="<module>"),
              Frame(path="a.py", line=2, function="f"))  # fmt: skip
    failed = Failure(kind="ValueError", message="invalid literal", text="", frames=frames)
    said = objection(text, text.replace("int(text)", new), failed, "a.py")
    assert (said is None) is is_taken
    tested = replace(failed, tests=frozenset({"test_a.py::test_f"}))
    assert objection(text, text.replace("int(text)", new), tested, "a.py") is None


def test_a_failing_call_for_its_effect_stays_whatever_tests_say() -> None:
    text = "def f(lines):\n    lines.remove(None)\n    return len(lines)\n"
    frames = (Frame(path="test_a.py", line=2, function="test_f"),
              Frame(path="a.py", line=2, function="f"))  # fmt: skip
    tests = frozenset({"test_a.py::test_f"})
    failed = Failure(kind="ValueError", message="not in list", text="", frames=frames, tests=tests)
    gone = objection(text, text.replace("    lines.remove(None)\n", ""), failed, "a.py")
    assert gone == "it no longer calls remove, nor anything instead"
    assert objection(text, text.replace("remove(None)", "sort()"), failed, "a.py") is None


RAISES = """\
def f(n):
    if n < 0:
        raise ValueError
    elif n > 9:
        raise ValueError
    try:
        g(n)
    except KeyError:
        raise LookupError(n)
    except OSError:
        log(n)
        raise
    raise NotImplementedError
"""
UNTRIED = Failure(kind="NameError", message="g", text="")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("raise ValueError\n    elif", "n = 0\n    elif"),
        ("    elif n > 9:\n        raise ValueError\n", ""),
        ("raise LookupError(n)", "return None"),
        ("        raise\n", "        return None\n"),
        ("    raise NotImplementedError\n", "    return n\n"),
    ],
)
def test_each_of_several_raises_stays(old: str, new: str) -> None:
    assert RAISES.count(old) == 1
    assert objection(RAISES, RAISES.replace(old, new), UNTRIED, "a.py") == "it removes a raise"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("    elif n > 9:", "    if n == 12:"),
        ("raise LookupError(n)", "raise IndexError(n + 1)"),
        ("except OSError", "except ConnectionError"),
        ("n > 9", "n > 99"),
        ("    try:", "    if n == 5:\n        raise ValueError\n    try:"),
    ],
)
def test_a_raise_may_be_of_another_error_or_on_another_condition(old: str, new: str) -> None:
    assert RAISES.count(old) == 1
    assert objection(RAISES, RAISES.replace(old, new), UNTRIED, "a.py") is None


def test_what_tests_want_to_be_printed_is_no_hiding() -> None:
    new = HIDING["it only prints"]
    tested = replace(FAILURE, tests=frozenset({"test_shop.py::test_total"}))
    assert objection(SHOP, new, FAILURE, "shop.py") == "it swallows the exception"
    assert objection(SHOP, new, tested, "shop.py") is None


def test_an_assertion_may_be_another_and_not_none() -> None:
    text = "def f(n):\n    assert n < 0\n    return n\n\n\nf(2)\n"
    frames = (Frame(path="a.py", line=6, function="<module>"),
              Frame(path="a.py", line=2, function="f"))  # fmt: skip
    failed = Failure(kind="AssertionError", message="", text="", frames=frames)
    assert objection(text, text.replace("n < 0", "n > 0"), failed, "a.py") is None
    for new in ("n < 0 or True", "True", "n < 0 if False else 1"):
        said = objection(text, text.replace("n < 0", new), failed, "a.py")
        assert said == "it removes the assert that failed"


def test_a_test_in_the_program_itself_is_not_changed() -> None:
    text = "import unittest\n\n\ndef f(n):\n    return m\n\n\nclass T(unittest.TestCase):\n    "
    text += "def test_f(self):\n        assert f(1) == 1\n"
    failed = Failure(kind="NameError", message="m", text="")
    assert objection(text, text.replace("return m", "return n"), failed, "a.py") is None
    said = objection(text, text.replace("f(1) == 1", "f"), failed, "a.py")
    assert said == "it changes a test"


def test_after_what_says_that_there_is_no_more_a_return_is_right() -> None:
    text = "def f(lines):\n    while True:\n        yield next(lines)\n"
    new = (
        "def f(lines):\n    while True:\n        try:\n            yield next(lines)\n"
        "        except StopIteration:\n            return\n"
    )
    failed = Failure(kind="StopIteration", message="", text="")
    assert objection(text, new, failed, "a.py") is None


def test_handlers_and_exits_that_were_there_before_are_nobodys_fault() -> None:
    old = SHOP + "import sys\ntry:\n    sys.exit(1)\nexcept:\n    pass\n"
    assert objection(old, old.replace("prize", "price"), FAILURE, "shop.py") is None
