"""Signs that a candidate only knows the inputs of the tests, with which it compares its own."""

import ast
from collections.abc import Iterator, Sequence

from cogitate.coding.syntax import parsed
from cogitate.sandbox import Call
from cogitate.sandbox.values import spelled

_LEAST = 3
"""Calls of tests whose inputs a program has to know before it counts as a table of them."""


def looks_up(text: str, calls: Sequence[Call]) -> bool:
    """Return whether a program compares with all inputs of more than half of the tests' calls.

    Example: looks_up("def f(n): return {1: 2, 5: 7, 9: 4}[n]", [f(1), f(5), f(9)]) -> True

    Args:
        text: of the program.
        calls: of the tests, with their literals.
    """
    compared = set(_compared(text))
    known = [
        compared.issuperset(map(spelled, (*call.args, *call.kwargs.values())))
        for call in {str(call): call for call in calls}.values()
    ]
    return sum(known) >= max(_LEAST, len(known) // 2 + 1)


def _compared(text: str) -> Iterator[str]:
    """Yield the literals that a program compares with, or has as keys, as source text."""
    tree = parsed(text)
    for node in ast.walk(tree) if tree else ():
        match node:
            case ast.Compare():
                parts = [node.left, *node.comparators]
            case ast.Dict():
                parts = [key for key in node.keys if key is not None]
            case ast.MatchValue(value=value):
                parts = [value]
            case _:
                continue
        for part in parts:
            yield from _literals(part)


def _literals(node: ast.expr) -> Iterator[str]:
    """Yield a literal, and the members of a collection of them."""
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return
    yield spelled(value)
    if isinstance(value, list | tuple | set):
        yield from map(spelled, value)  # pyright: ignore[reportUnknownArgumentType]
