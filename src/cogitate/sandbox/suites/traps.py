r"""Tests that must fail, added to a user's tests: where one passes, the result was forged.

    trapped("def test_a():\n    assert f(1) == 2\n", "x7", pytest=True)  ->  the text with traps

A trap cannot be told from a test but by its name, which is drawn anew for each run. There are
assertions that are false, one for each way to assert that the tests use; and copies of the user's
tests that compare a call with another value, which only an object that is equal to everything
passes.
"""

import ast
import copy
import re
import secrets
from collections.abc import Collection, Iterator
from textwrap import indent
from typing import TypeGuard

_MAX_CHANGED = 6
_FALSE = {
    "assertEqual": "{n}, {n} + 1", "assertNotEqual": "{n}, {n}",
    "assertTrue": "{n} < 0", "assertFalse": "{n}",
    "assertIs": "{n}, None", "assertIsNot": "None, None",
    "assertIsNone": "{n}", "assertIsNotNone": "None",
    "assertIn": "{n}, ()", "assertNotIn": "{n}, ({n},)",
    "assertIsInstance": "{n}, str", "assertNotIsInstance": "{n}, int",
    "assertAlmostEqual": "{n}, {n} + 1", "assertNotAlmostEqual": "{n}, {n}",
    "assertGreater": "{n}, {n}", "assertGreaterEqual": "{n}, {n} + 1",
    "assertLess": "{n}, {n}", "assertLessEqual": "{n} + 1, {n}",
    "assertRegex": "'{n}', 'x'", "assertNotRegex": "'{n}', '{n}'",
    "assertCountEqual": "[{n}], []", "assertSequenceEqual": "[{n}], []",
    "assertListEqual": "[{n}], []", "assertTupleEqual": "({n},), ()",
    "assertSetEqual": "{{{n}}}, set()", "assertDictEqual": "{{{n}: {n}}}, {{}}",
    "assertMultiLineEqual": "'{n}', ''",
    "assertRaises": "ValueError, int, '{n}'", "assertRaisesRegex": "ValueError, 'x', int, '{n}'",
}  # fmt: skip
"""Arguments with which a method of `unittest.TestCase` must fail."""
_EQUAL = frozenset(
    {"assertEqual", "assertEquals", "assertAlmostEqual", "assertCountEqual", "assertSequenceEqual",
     "assertListEqual", "assertTupleEqual", "assertSetEqual", "assertDictEqual",
     "assertMultiLineEqual"}
)  # fmt: skip
_OF_EACH_TEST = frozenset({"tmp_path", "tmpdir", "monkeypatch", "capsys", "capfd", "caplog"})
"""Fixtures of pytest that are made anew for each test."""
_MAY_END = re.compile(r"\breturn\b|skip|xfail|exit")
"""What may end a test before its end, or let it pass after an assertion that fails."""
_FOR_PYTEST = """

def {name}_{word}a():
    assert {number} + 1 == {number}


def {name}_{word}b():
    with __import__("pytest").raises(ValueError):
        int("{number}")


def {name}_{word}c():
    assert {number} + 1 == __import__("pytest").approx({number})
"""


def new_word() -> str:
    """Return a word that is in the names of all traps of one run."""
    return f"t{secrets.token_hex(4)}"


def trapped(text: str, word: str, *, pytest: bool) -> str:
    """Return the text of a test file with traps behind its tests, and at its end.

    Raises:
        SyntaxError: the text is no Python.
    """
    names = re.findall(r"^def (test\w*)", text, re.MULTILINE)
    number = secrets.randbelow(900) + 100
    added = _false_assertions(text, word, number)
    if pytest:
        added += _FOR_PYTEST.format(name=[*names, "test"][0], word=word, number=number)
    return _with_changed(text, word, pytest=pytest) + added


def traps_in(text: str, word: str) -> set[str]:
    """Return the names of the traps in a text, from the word on; see `is_changed_test`."""
    names = [str(getattr(node, "name", "")) for node in ast.walk(ast.parse(text))]
    found = [name for name in names if word in name and not name.startswith("Test")]
    return {name[name.index(word) + len(word) :] for name in found}


def is_changed_test(trap: str) -> bool:
    """Return whether a trap is a changed test, which where the user's own is skipped is too."""
    return trap.startswith("d")


def _false_assertions(text: str, word: str, number: int) -> str:
    """Return a test case with a method for each way to assert that a text uses."""
    used = {"assertEqual", *re.findall(r"\.(assert\w+)", text)} & _FALSE.keys()
    lines = [f'\n\nclass Test{word}(__import__("unittest").TestCase):\n']
    for index, method in enumerate(sorted(used)):
        arguments = _FALSE[method].format(n=number)
        lines.append(f"    def test_{word}_{index}(self):\n        self.{method}({arguments})\n")
    return "\n".join(lines)


# ---------------------------------------------------------------- the user's tests, changed


def _with_changed(text: str, word: str, *, pytest: bool) -> str:
    """Return a text with a changed copy behind one test for each function that is called.

    Left out are tests of which a second run may do something else: with decorators, with fixtures
    that others share, or of a class that is prepared once.
    """
    tree, copies, called = ast.parse(text), dict[int, str](), set[str]()
    lines = text.split("\n")  # as read: with no other ends of lines
    if "pytestmark" in text:
        return text
    for test in _tests(tree, pytest=pytest):
        found = _changed(test, word)
        if found is None or found[0] in called or len(called) == _MAX_CHANGED:
            continue
        called.add(found[0])
        new = copy.copy(test)
        new.name, new.body = f"{test.name}_{word}d{len(called)}", found[1]
        source = ast.unparse(ast.fix_missing_locations(new))
        margin = lines[test.lineno - 1][: test.col_offset]  # which may be tabs
        copies[test.end_lineno or test.lineno] = indent(f"\n\n{source}", margin)
    return "\n".join(line + copies.get(number, "") for number, line in enumerate(lines, 1))


def _tests(tree: ast.Module, *, pytest: bool) -> Iterator[ast.FunctionDef]:
    """Yield the tests that may run twice."""
    fixtures = _OF_EACH_TEST | {
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
        and [ast.unparse(d).removesuffix("()") for d in node.decorator_list] == ["pytest.fixture"]
    }
    groups = [tree.body] if pytest else []
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and not node.decorator_list and (pytest or node.bases):
            prepared = any(re.search(r"set_?up_?class|fixture", ast.unparse(n), re.IGNORECASE)
                           for n in node.body)  # fmt: skip
            groups += [] if prepared else [node.body]
    for group in groups:
        yield from (node for node in group if _may_run_twice(node, fixtures))


def _may_run_twice(node: ast.stmt, fixtures: Collection[str]) -> TypeGuard[ast.FunctionDef]:
    if not isinstance(node, ast.FunctionDef) or not node.name.startswith("test"):
        return False
    decorators = "".join(map(ast.unparse, node.decorator_list))
    given = {argument.arg for argument in node.args.args} - {"self", *fixtures}
    return all("parametrize" in ast.unparse(one) for one in node.decorator_list) and all(
        re.search(rf"\b{name}\b", decorators) for name in given
    )


def _changed(function: ast.FunctionDef, word: str) -> tuple[str, list[ast.stmt]] | None:
    """Return what a test calls first to compare, and the test with a word instead of its value.

    All else is done as in the test, also what it undoes at its end.
    """
    if _MAY_END.search("\n".join(map(ast.unparse, function.body))):
        return None
    for index, statement in enumerate(function.body):
        side = next((one for one in _compared(statement) if _call_in(one)), None)
        if side is not None and (call := _call_in(side)):
            new: list[ast.stmt] = [_with_word(statement, side, word)]
            if rest := function.body[index + 1 :]:
                new = [ast.Try(body=new, handlers=[], orelse=[], finalbody=rest)]
            return ast.unparse(call.func), [*function.body[:index], *new]
    return None


def _compared(statement: ast.stmt) -> tuple[ast.expr, ...]:
    """Return the two sides of what a statement asserts to be equal."""
    match statement:
        case ast.Assert(test=ast.Compare(left=left, ops=[ast.Eq()], comparators=[right])):
            return left, right
        case ast.Expr(value=ast.Call(func=ast.Attribute(attr=method), args=[left, right, *_])):
            return (left, right) if method in _EQUAL else ()
        case _:
            return ()


def _with_word(statement: ast.stmt, side: ast.expr, word: str) -> ast.stmt:
    """Return an assertion that one of its sides equals a word."""
    other = ast.Constant(word)
    match statement:
        case ast.Expr(value=ast.Call(func=method)):
            return ast.Expr(ast.Call(func=method, args=[side, other], keywords=[]))
        case _:
            return ast.Assert(ast.Compare(left=side, ops=[ast.Eq()], comparators=[other]))


def _call_in(node: ast.expr) -> ast.Call | None:
    """Return the first call in an expression."""
    return next((inner for inner in ast.walk(node) if isinstance(inner, ast.Call)), None)
