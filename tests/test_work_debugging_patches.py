"""From an answer to a changed file; and which changes hide a failure instead of mending it."""

from dataclasses import replace
from pathlib import Path

import pytest

from cogitate.coding.candidates import form
from cogitate.coding.faults import debug_prompt, questions_prompt
from cogitate.coding.splicing import patched
from cogitate.work.debugging.agreement import agreement, changed
from cogitate.work.debugging.cases import Case
from cogitate.work.debugging.failures import Failure, Frame
from cogitate.work.debugging.inventions import invented
from cogitate.work.debugging.mending import _read
from cogitate.work.debugging.objections import objection
from cogitate.work.debugging.patches import proposal
from cogitate.work.debugging.questions import asked, built, words
from cogitate.work.debugging.sources import Sources
from cogitate.work.debugging.trees import Tree

SHOP = """import json

RATE = 2


def price(order):
    return order["price"] * RATE


def total(orders):
    return sum(price(order) for order in orders)


class Till:
    def __init__(self):
        self.sums = []

    def pay(self, orders):
        self.sums.append(total(orders))

    def last(self):
        return self.sums[-1]


print(total([{"prize": 1}]))
"""
FIXED = SHOP.replace('"prize"', '"price"')
FAILURE = Failure(
    kind="KeyError",
    message="'price'",
    frames=(
        Frame(path="shop.py", line=25, function="<module>"),
        Frame(path="shop.py", line=11, function="total"),
        Frame(path="shop.py", line=7, function="price"),
    ),
    text="KeyError: 'price'",
)


def sources(**texts: str) -> Sources:
    files = {f"{name}.py": text for name, text in (texts or {"shop": SHOP}).items()}
    return Sources(programs=files, texts=files, tests={})


def block(code: str, before: str = "The key is misspelt. It is prize.") -> str:
    return f"{before}\n\n```python\n{code}```\nDone."


def test_a_whole_file_is_taken_as_it_is() -> None:
    found = proposal(block(FIXED), sources())
    assert (found.path, found.text, found.refused) == ("shop.py", FIXED, None)
    assert found.diagnosis == "The key is misspelt. It is prize."


def test_one_function_takes_the_place_of_its_namesake_and_nothing_else_changes() -> None:
    code = 'def price(order):\n    return order.get("price", order.get("prize")) * RATE\n'
    found = proposal(block(code), sources())
    expected = SHOP.replace('return order["price"] * RATE', code.splitlines()[1].strip())
    assert found.text == expected


@pytest.mark.parametrize(
    "code",
    [
        "class Till:\n    def last(self):\n        return self.sums[-1] if self.sums else 0\n",
        "def last(self):\n    return self.sums[-1] if self.sums else 0\n",
    ],
)
def test_a_method_is_put_into_its_class(code: str) -> None:
    text = patched(SHOP, code)
    assert "        return self.sums[-1] if self.sums else 0\n" in text
    assert "def pay(self, orders):\n        self.sums.append" in text
    assert text.count("class Till") == 1
    assert 'print(total([{"prize": 1}]))' in text


def test_two_methods_and_an_import_are_all_put_in() -> None:
    code = (
        "import math\n\n\nclass Till:\n    def last(self):\n        return math.floor(1)\n\n"
        "    def pay(self, orders):\n        self.sums += [math.ceil(total(orders))]\n\n"
        "    def count(self):\n        return len(self.sums)\n"
    )
    text = patched(SHOP, code)
    for part in ("import math\n", "math.floor(1)", "math.ceil", "def count", "def __init__"):
        assert text.count(part) == 1


def test_code_belongs_to_the_file_with_its_names() -> None:
    both = sources(shop=SHOP, tax="def tax(amount):\n    return amount\n")
    assert proposal(block("def tax(amount):\n    return 2 * amount\n"), both).path == "tax.py"
    assert proposal(block(FIXED), both).path == "shop.py"


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ("The key is wrong.", "no code block"),
        (block(SHOP), "changes nothing"),
        (block("def price(order)\n    return 1\n"), "no Python"),
        (block("def test_price():\n    assert price({}) == 1\n"), "defines none of"),
        (block(FIXED.replace("return self.sums[-1]", "# ... existing code ...\n        return 0")),
         "leaves code out"),
    ],
)  # fmt: skip
def test_what_is_no_patch_is_refused(answer: str, why: str) -> None:
    found = proposal(answer, sources())
    assert found.text is None
    assert why in (found.refused or "")


def test_a_file_with_a_syntax_error_is_replaced_only_by_all_of_it() -> None:
    broken = SHOP.replace("def total(orders):", "def total(orders:")
    assert proposal(block(SHOP), sources(shop=broken)).text == SHOP
    part = "def total(orders):\n    return sum(price(order) for order in orders)\n"
    assert "leaves out" in (proposal(block(part), sources(shop=broken)).refused or "")


# ---------------------------------------------------------------- what hides a failure

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
    assert objection(text, gone, raised, "a.py") == "it removes the raise that failed"
    assert objection(text, text.replace("n > 1", "n > 2"), raised, "a.py") is None
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


@pytest.mark.parametrize("value", ["-" * 100_000 + "1", "+".join(["1"] * 900)])
def test_what_is_nested_deeply_is_a_refusal(tmp_path: Path, value: str) -> None:
    case = Case(failure=FAILURE, tree=Tree(root=tmp_path, cwd=tmp_path, files=frozenset()),
                sources=sources())  # fmt: skip
    read = _read(case, 1, block(f"DEEP = {value}\n{FIXED}"), frozenset())
    assert "no Python" in (read.fault or "") or "too deeply" in (read.fault or "")
    assert form(value) == form(value)


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


# ---------------------------------------------------------------- questions


def test_a_question_has_to_name_something_of_the_program() -> None:
    known = words([SHOP])
    answer = (
        "I am not sure.\n1. Which unit does `RATE` have: euros or cents?\n"
        "- What is the value?\n- Would you like me to change total?\n"
        "Should `price` be 2 or 3? How are you?\n```python\nx = 1 if total else 0 # total?\n```\n"
    )
    assert asked(answer, known) == [
        "Which unit does `RATE` have: euros or cents?",
        "Should `price` be 2 or 3?",
    ]


@pytest.mark.parametrize(
    ("kind", "message", "line", "expected"),
    [
        ("KeyError", "'price'", 'order["price"]', "Which keys does `order` have at shop.py:1"),
        ("IndexError", "list index out of range", "rows[3]", "How many items does `rows` have"),
        ("ZeroDivisionError", "division by zero", "x = a / b", "What should `a / b` be"),
        ("AttributeError", "'NoneType' object has no x", "node.x()", "May `node` be None"),
        ("AssertionError", "assert 3 == 4", "assert f([1]) == 4", "Should `f([1])` be 4, as"),
        ("ModuleNotFoundError", "No module named 'yamll'", "import yamll", "'yamll' come from"),
        ("ValueError", "bad", "int(text)", "What is `text` at shop.py:1"),
    ],
)
def test_questions_follow_from_the_error(
    tmp_path: Path, kind: str, message: str, line: str, expected: str
) -> None:
    (tmp_path / "shop.py").write_text(f"{line}\n")
    tree = Tree(root=tmp_path, cwd=tmp_path, files=frozenset({"shop.py"}))
    frame = Frame(path="shop.py", line=1, function="<module>")
    found = built(Failure(kind=kind, message=message, text="", frames=(frame,)), tree)
    assert expected in found[0]
    assert all(question.endswith("?") for question in found)
    assert len(found) <= 3


def test_patches_that_differ_on_other_inputs_are_told_apart() -> None:
    one = "def first(items):\n    return items[0] if items else None\n"
    other = "def first(items):\n    return items[0] if items else 0\n"
    again = "def first(items):\n    if not items:\n        return None\n    return items[0]\n"
    tests = "from a import first\n\n\ndef test():\n    assert first([7, 8]) == 7\n"
    found = agreement([one, other, again], ["first"], [tests])
    assert found.groups == ((0, 2), (1,))
    assert found.question == "Should first([]) be None or 0?"
    assert agreement([one, again], ["first"], [tests]).question is None
    assert changed(one, other + "\n\ndef more():\n    pass\n") == ["first", "more"]


def test_prompts_hold_the_programs_the_error_and_the_tests() -> None:
    text = debug_prompt(
        {"shop.py": SHOP}, "KeyError: 'price'", tests={"test_shop.py": "T = 1"}, command="pytest"
    )
    for part in (SHOP.strip(), "KeyError: 'price'", "T = 1", "`pytest`", "shop.py"):
        assert part in text
    assert "```" not in questions_prompt({}, "x ``` y").replace("```", "", 1).split("~~~~")[0]


def test_newlines_stay_those_of_the_file() -> None:
    windows = SHOP.replace("\n", "\r\n")
    found = proposal(block(FIXED), sources(shop=windows))
    assert found.text == FIXED.replace("\n", "\r\n")
    part = "def price(order):\n    return 0\n"
    text = proposal(block(part), sources(shop=windows)).text or ""
    assert text.count("\n") == text.count("\r\n") > 20


def of(kind: str, message: str) -> Failure:
    return Failure(kind=kind, message=message, text="")


@pytest.mark.parametrize(
    ("failure", "old", "new", "expected"),
    [
        (of("NameError", "name 'RATE' is not defined"), "x = RATE", "RATE = 0.2\nx = RATE",
         ("RATE", "0.2")),
        (of("KeyError", "'CHF'"), "R = {'EUR': 1}\nR['CHF']", "R = {'EUR': 1, 'CHF': 2}\nR['CHF']",
         ("CHF", "2")),
        (of("KeyError", "'CHF'"), "R['CHF']", "R.get('CHF', 1.5)", ("CHF", "1.5")),
        (of("AttributeError", "type object 'C' has no attribute 'n'"),
         "class C:\n    m = 1", "class C:\n    m = 1\n    n = 3", ("n", "3")),
        (of("TypeError", "unsupported operand"), "S = [('a', None)]", "S = [('a', 60)]",
         ("None", "60")),
        (of("NameError", "name 'totl' is not defined"), "x = totl", "x = total", None),
        (of("NameError", "name 'n' is not defined"), "for a in b:\n    n += a",
         "n = 0\nfor a in b:\n    n += a", None),
        (of("NameError", "name 'math' is not defined"), "math.pi", "import math\nmath.pi", None),
        (of("KeyError", "'a'"), "c[w] = c[w] + 1", "c[w] = c.get(w, 0) + 1", None),
        (of("KeyError", "'prize'"), "o['prize']", "o['price']", None),
        (of("TypeError", "NoneType"), "f(None)", "f([])", None),
        (of("IndexError", "list index out of range"), "a[9]", "a[7]", None),
    ],
)  # fmt: skip
def test_a_made_up_value_is_told_from_a_correction(
    failure: Failure, old: str, new: str, expected: tuple[str, str] | None
) -> None:
    assert invented(old, new, failure) == expected
