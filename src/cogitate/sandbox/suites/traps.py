r"""Tests that must fail, added to a user's tests: where one passes, the result was forged.

    trapped("def test_a():\n    assert f(1) == 2\n", "x7", pytest=True)  ->  the text with traps

A trap cannot be told from a test but by its name, which is drawn anew for each run.
"""

import ast
import copy
import secrets
from collections.abc import Iterator

_MAX_CHANGED = 3
_GENERAL = """

class Test{word}(__import__("unittest").TestCase):
    def test_{word}(self):
        self.assertEqual({number}, {number} + 1)
"""
_FOR_PYTEST = """

def {name}_{word}a():
    assert {number} + 1 == {number}


def {name}_{word}b():
    with __import__("pytest").raises(ValueError):
        int("{number}")
"""


def new_word() -> str:
    """Return a word that is in the names of all traps of one run."""
    return f"t{secrets.token_hex(4)}"


def trapped(text: str, word: str, *, pytest: bool) -> str:
    """Return the text of a test file with traps at its end.

    Raises:
        SyntaxError: the text is no Python.
    """
    functions = list(_functions(ast.parse(text)))
    fields = {
        "word": word,
        "number": secrets.randbelow(900) + 100,
        "name": functions[0].name if functions else "test",
    }
    text += _GENERAL.format(**fields)
    if not pytest:
        return text
    changed = [new for function in functions if (new := _changed(function, word)) is not None]
    return text + _FOR_PYTEST.format(**fields) + "".join(changed[:_MAX_CHANGED])


def num_traps(text: str, word: str) -> int:
    """Return how many traps are in a text with traps."""
    names = [getattr(node, "name", "") for node in ast.walk(ast.parse(text))]
    return sum(word in name and not name.startswith("Test") for name in names)


def _functions(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    """Yield the test functions that have no decorators."""
    for node in tree.body:
        match node:
            case ast.FunctionDef(name=name, decorator_list=[]) if name.startswith("test"):
                yield node
            case _:
                continue


def _changed(function: ast.FunctionDef, word: str) -> str | None:
    """Return a test up to its first `assert call == literal`, with another literal there.

    Only a value that is equal to everything passes it.
    """
    for index, statement in enumerate(function.body):
        match statement:
            case ast.Assert(
                test=ast.Compare(left=left, ops=[ast.Eq()], comparators=[right]), msg=message
            ) if _is_literal(right) and any(isinstance(n, ast.Call) for n in ast.walk(left)):
                other = ast.Compare(left=left, ops=[ast.Eq()], comparators=[ast.Constant(word)])
                new = copy.copy(function)
                new.name = f"{function.name}_{word}c"
                new.body = [*function.body[:index], ast.Assert(test=other, msg=message)]
                return f"\n\n{ast.unparse(ast.fix_missing_locations(new))}\n"
            case _:
                continue
    return None


def _is_literal(node: ast.expr) -> bool:
    try:
        ast.literal_eval(node)
    except (ValueError, TypeError):
        return False
    return True
