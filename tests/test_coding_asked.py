"""What tests ask for: names, kinds, calls, members; and a stub that fits every call."""

import ast
import inspect
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cogitate.coding.asked import Asked, Form, Member, asked_by
from cogitate.coding.prompts import LONG, module_prompt, repaired_prompt
from cogitate.coding.stubs import stub

DEVELOPMENT = Path(__file__).resolve().parent.parent / "bench" / "tdd" / "development"
NAMES = ("items", "text", "limit", "tax")


def asked(text: str, module: str = "shop") -> dict[str, Asked]:
    return {one.name: one for one in asked_by(ast.parse(text), module)}


def test_names_come_with_their_kind_and_the_forms_of_their_calls() -> None:
    found = asked("""
import pytest
import shop as s
from shop import LIMIT, Basket, Empty, total

def test_total():
    assert total([1], tax=2) == 3
    assert total([5], tax=1) == total(PRICES)
    with pytest.raises(Empty):
        Basket(*[1]).pay()
    assert s.best([1], **{}) < LIMIT
""")
    with_tax = Form(positional=("items",), keywords=("tax",))
    assert found == {
        "LIMIT": Asked(name="LIMIT", kind="value"),
        "Basket": Asked(
            name="Basket",
            kind="class",
            members=(Member(name="pay", calls=(Form(positional=(), keywords=()),)),),
        ),
        "Empty": Asked(name="Empty", kind="exception"),
        "total": Asked(
            name="total",
            kind="function",
            calls=(with_tax, Form(positional=("prices",), keywords=())),
        ),
        "best": Asked(
            name="best", kind="function", calls=(Form(positional=("items",), keywords=()),)
        ),
    }


@pytest.mark.parametrize(
    "use",
    [
        "wallet = Wallet(5)\nwallet.pay(3)\nassert wallet.sum == 2",
        "with Wallet(5) as wallet:\n    wallet.pay(3)\n    wallet.sum",
        "Wallet(5).pay(3)\nWallet(5).sum",
        "class T:\n    def setUp(self):\n        self.w = Wallet(5)\n"
        "    def test(self):\n        self.w.pay(3)\n        self.w.sum",
        "@pytest.fixture\ndef wallet():\n    w = Wallet(5)\n    yield w\n"
        "def test(wallet):\n    wallet.pay(3)\n    wallet.sum",
    ],
)
def test_what_is_used_of_an_object_is_found(use: str) -> None:
    (wallet,) = asked(f"from shop import Wallet\n{use}").values()
    assert {(member.name, bool(member.calls)) for member in wallet.members} == {
        ("pay", True),
        ("sum", False),
    }


def called(names: dict[str, Any], node: ast.Call) -> bool:
    """Whether the stub's function takes a call of a test."""
    made = names.get(ast.unparse(node.func))
    if made is None or any(isinstance(argument, ast.Starred) for argument in node.args):
        return False
    words = {word.arg: None for word in node.keywords if word.arg}
    inspect.signature(made).bind(*(None for _ in node.args), **words)
    return True


def test_stubs_of_real_test_files_take_all_of_their_calls() -> None:
    num = 0
    for folder in sorted(DEVELOPMENT.iterdir()):
        tree = ast.parse((folder / f"test_{folder.name}.py").read_text(encoding="utf-8"))
        needed = list(asked_by(tree, folder.name))
        names: dict[str, Any] = {}
        exec(stub(needed), names)
        assert {one.name for one in needed} <= names.keys()
        num += sum(called(names, node) for node in ast.walk(tree) if isinstance(node, ast.Call))
    assert num > 100


@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.lists(st.sampled_from(NAMES), unique=True, max_size=3)),
        min_size=1,
        max_size=4,
    )
)
def test_a_stub_takes_all_calls_that_are_consistent(calls: list[tuple[int, list[str]]]) -> None:
    forms = [Form(positional=("a", "b", "c")[:num], keywords=tuple(words)) for num, words in calls]
    source = stub([Asked(name="f", kind="function", calls=tuple(forms))])
    names: dict[str, Any] = {}
    exec(source, names)
    signature = inspect.signature(names["f"])
    if len({form.positional for form in forms}) == 1:
        for form in forms:
            signature.bind(*form.positional, **dict.fromkeys(form.keywords))


@pytest.mark.parametrize(
    ("calls", "parameters"),
    [
        ("f([1]); f([1], limit=5)", "items, limit=None"),
        ("f([1], 5); f([1], limit=5)", "items, limit"),
        ("f([1], 5, limit=5); f([1], limit=5, tax=1)", "items, tax, limit"),
        ("f('a', 'b'); f('a')", "text, text2=None"),
        ("f()", ""),
    ],
)
def test_parameters_are_those_that_all_calls_fit(calls: str, parameters: str) -> None:
    found = asked(f"from shop import f\n{calls}")
    assert stub(list(found.values())).startswith(f"def f({parameters}):")


def test_the_prompt_has_tests_stub_and_the_present_file() -> None:
    tests = {"test_shop.py": "from shop import f\n\ndef test(): assert f('```') == 1\n"}
    needed = list(asked(tests["test_shop.py"]).values())
    new = module_prompt("shop.py", tests, needed)
    assert tests["test_shop.py"].strip() in new
    assert "~~~~python" in new
    assert "def f(text):" in new
    assert "does not exist yet" in new
    changed = module_prompt("shop.py", tests, needed, "X = 1")
    assert "```python\nX = 1\n```" in changed
    assert "complete shop.py" in changed
    assert "each function or class that changes" in module_prompt(
        "shop.py", tests, needed, "X = 1\n" * (LONG + 2)
    )
    assert "It fails:\nNameError" in repaired_prompt("shop.py", tests, "X = y", "NameError: y")
