"""From an answer to a changed file, and to questions."""

from dataclasses import replace
from pathlib import Path

import pytest

from broken_shop import FAILURE, FIXED, SHOP, block, sources
from cogitate.coding.candidates import form
from cogitate.coding.faults import debug_prompt, questions_prompt
from cogitate.coding.splicing import patched
from cogitate.work.debugging.agreement import agreement, changed
from cogitate.work.debugging.cases import Case
from cogitate.work.debugging.failures import Failure, Frame
from cogitate.work.debugging.inventions import invented
from cogitate.work.debugging.mending import _read
from cogitate.work.debugging.patches import proposal
from cogitate.work.debugging.questions import asked, built, words
from cogitate.work.debugging.trees import Tree


def test_a_whole_file_is_taken_as_it_is() -> None:
    found = proposal(block(FIXED), sources())
    assert (found.path, found.text, found.refused) == ("shop.py", FIXED, None)
    assert found.diagnosis == "The key is misspelt. It is prize."


def test_one_function_takes_the_place_of_its_namesake_and_nothing_else_changes() -> None:
    code = 'def price(order):\n    return order.get("price", order.get("prize")) * RATE\n'
    found = proposal(block(code), sources())
    expected = SHOP.replace('return order["price"] * RATE', code.splitlines()[1].strip())
    assert found.text == expected


def test_a_demonstration_is_left_out_unless_tests_use_it() -> None:
    text = f"{SHOP}\n\ndef main():\n    print(total([]))\n\n\nmain()\n"
    shown = replace(sources(), tests={"test_shop.py": "from shop import main\n\nmain()\n"})
    assert proposal(block(text), sources()).refused == "it changes nothing"
    assert proposal(block(text), shown).text == text.removesuffix("\n\nmain()\n")


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
        (block(f"# Sums.\n{SHOP}\n\nassert total([]) == 0\n"), "changes nothing"),
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


@pytest.mark.parametrize("value", ["-" * 100_000 + "1", "+".join(["1"] * 900)])
def test_what_is_nested_deeply_is_a_refusal(tmp_path: Path, value: str) -> None:
    case = Case(failure=FAILURE, tree=Tree(root=tmp_path, cwd=tmp_path, files=frozenset()),
                sources=sources())  # fmt: skip
    read = _read(case, 1, block(f"DEEP = {value}\n{FIXED}"), frozenset())
    assert "no Python" in (read.fault or "") or "too deeply" in (read.fault or "")
    assert form(value) == form(value)


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
        ("KeyError", "'price'", 'order["price"]', "What does `print(list(order))` show"),
        ("IndexError", "list index out of range", "rows[3]", "What does `print(len(rows))` show"),
        ("ZeroDivisionError", "division by zero", "x = a / b", "May `print(b)` show 0 at"),
        ("AttributeError", "'NoneType' object has no x", "node.x()", "May `print(node)` show None"),
        ("AssertionError", "assert 3 == 4", "assert f([1]) == 4", "Should `f([1])` be 4, as"),
        (
            "ModuleNotFoundError",
            "No module named 'yamll'",
            "import yamll",
            "Where is 'yamll': elsewhere",
        ),
        ("ValueError", "bad", "int(text)", "What does `print(text)` show at shop.py:1"),
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
    assert all(question.endswith("?") and ", or " in question for question in found)
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
        (of("KeyError", "'CHF'"), "R[k]", "R.get(k, 1.5)", ("CHF", "1.5")),
        (of("KeyError", "'CHF'"), "R['CHF']", "R['EUR'] * Q.get('fee', 1.5)", None),
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
