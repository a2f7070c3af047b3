"""A rewritten file keeps the present one's words where it does the same."""

import ast
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cogitate.coding.keeping import kept
from cogitate.tasks import load_family

SOURCES = sorted((Path(__file__).parents[1] / "src" / "cogitate" / "coding").glob("*.py"))
SHOP = '''\
"""A shop."""

import math  # of the standard library

RATE = 0.2  # of the price


# Prices are in cents.
def tax(price):
    """Return the tax on a price."""
    # Rounded up.
    return math.floor(price * RATE)


class Cart:
    """What is bought."""

    def __init__(self):
        self.items = []  # in order

    def total(self):
        """Return the sum of the prices."""
        found = 0
        for price in self.items:
            found += price + tax(price)
        return found
'''


def rewritten(text: str) -> str:
    """Return a program as models write it again: without comments and docstrings."""
    tree = ast.parse(text)
    for node in [tree, *ast.walk(tree)]:
        body = getattr(node, "body", None)
        is_one = isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef)
        if is_one and ast.get_docstring(node) is not None and len(body) > 1:
            del body[0]
    return ast.unparse(tree) + "\n"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_a_file_that_is_written_again_is_the_file(path: Path) -> None:
    text = path.read_text("utf-8")
    assert kept(text, rewritten(text)) == text


def test_one_change_is_one_line() -> None:
    code = rewritten(SHOP).replace("floor", "ceil")
    assert kept(SHOP, code) == SHOP.replace("floor", "ceil")


def test_a_new_header_keeps_the_body() -> None:
    code = rewritten(SHOP).replace("def tax(price)", "def tax(price, rate=RATE)")
    assert kept(SHOP, code) == SHOP.replace("def tax(price)", "def tax(price, rate=RATE)")


def test_what_is_added_stands_where_the_code_has_it() -> None:
    code = rewritten(SHOP).replace(
        "        found = 0\n", "        found = 0\n        # All.\n        n = 1\n"
    )
    assert kept(SHOP, code) == SHOP.replace(
        "        found = 0\n", "        found = 0\n        # All.\n        n = 1\n"
    )


@pytest.mark.parametrize(
    "shown",
    [
        "print(tax(10))",
        "# Usage\nif __name__ == '__main__':\n    cart = Cart()\n    assert cart.total() == 0",
        "def test_tax():\n    assert tax(10) == 2\n\ntest_tax()",
        "cart = Cart()\ncart.items.append(10)\nprint(cart.total())  # 12",
    ],
)
def test_what_only_demonstrates_is_left_out(shown: str) -> None:
    assert kept(SHOP, f"{rewritten(SHOP)}\n{shown}\n") == SHOP


@pytest.mark.parametrize(
    "added",
    [
        "def half(price):\n    print(price)\n    return price / 2",
        "CARTS = []",
    ],
)
def test_what_a_test_could_use_stays(added: str) -> None:
    assert kept(SHOP, f"{rewritten(SHOP)}\n\n{added}\n") == f"{SHOP}\n\n{added}\n"
    assert kept(SHOP, f"{rewritten(SHOP)}\n\n{added}\nprint(1)\n") == f"{SHOP}\n\n{added}\n"


def test_a_demonstration_of_the_file_itself_stays() -> None:
    text = f"{SHOP}\n\nprint(tax(10))  # 2\n"
    assert kept(text, rewritten(text)) == text
    changed = rewritten(text).replace("print(tax(10))", "print(tax(20))")
    assert kept(text, changed) == f"{SHOP}\n\nprint(tax(20))\n"


@pytest.mark.parametrize(
    ("present", "code"),
    [
        ("a = 1; b = 2\n", "a = 1\nb = 3\n"),
        ("", "a = 1\n"),
        ("def f(:\n", "a = 1\n"),
        ("a = 1\n", "def f(:\n"),
        ("if a:\n  b = 1\n  c = 2\n", "if a:\n    b = 1\n    c = 3\n"),
    ],
)
def test_what_cannot_be_kept_is_the_code(present: str, code: str) -> None:
    assert kept(present, code) == code


def test_layouts_that_cannot_be_told_apart_by_lines() -> None:
    assert (
        kept("def f(): return 1  # one\n", "def f():\n    return 2\n") == "def f():\n    return 2\n"
    )
    assert kept("x = '''\n# no comment\n'''\ny = 1", "x = '\\n# no comment\\n'\ny = 2\n") == (
        "x = '''\n# no comment\n'''\ny = 2\n"
    )


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.integers(1, 6))
def test_the_program_is_that_of_the_code(one: int, other: int, level: int) -> None:
    family = load_family("code")
    present, code = (
        dedent(family.demonstrate(family.generate("train", seed, level))[1].split("```")[1][7:])
        for seed in (one, other)
    )
    found = kept(f"# Mine.\n{present}", code)
    assert ast.unparse(ast.parse(rewritten(found))) == ast.unparse(ast.parse(rewritten(code)))
