"""Questions about the statements of a test: names, values, assertions."""

import ast
from collections.abc import Iterator, Sequence
from typing import Any

from cogitate.coding.scenarios.assertions import Bindings, NotKnown, known
from cogitate.coding.scenarios.files import SELF


def named_literal(node: ast.stmt) -> dict[str, ast.expr]:
    """Return the name and the value of a statement such as `expected = [1, 2]`."""
    match node:
        case ast.Assign(targets=[ast.Name(id=name)], value=value) if _is_literal(value):
            return {name: value}
        case _:
            return {}


def _is_literal(node: ast.expr) -> bool:
    try:
        known(node, {})
    except NotKnown:
        return False
    return True


def values_in(node: ast.stmt, bindings: Bindings) -> Iterator[Any]:
    """Yield the values that are written in a statement, or named there."""
    for part in ast.walk(node):
        if isinstance(part, ast.expr):
            try:
                yield known(part, bindings)
            except NotKnown:
                continue


def matched(target: ast.expr, row: ast.expr) -> dict[str, ast.expr] | None:
    """Return the variables of a loop with the parts of one row."""
    if isinstance(target, ast.Name):
        return {target.id: row}
    if not isinstance(target, ast.Tuple) or not isinstance(row, ast.List | ast.Tuple):
        return None
    if len(target.elts) != len(row.elts):
        return None
    found: dict[str, ast.expr] = {}
    for part, value in zip(target.elts, row.elts, strict=True):
        inner = matched(part, value)
        if inner is None:
            return None
        found |= inner
    return found


def is_of_self(call: ast.Call) -> bool:
    """Return whether a call is one of unittest's assertions."""
    return ast.unparse(call.func).startswith(f"{SELF}.assert")


def asserts(node: ast.AST) -> bool:
    """Return whether an assertion, or what expects an exception, is in a statement."""
    return any(
        isinstance(part, ast.Assert)
        or (isinstance(part, ast.Call) and (is_of_self(part) or _expects(part)))
        for part in ast.walk(node)
    )


def _expects(call: ast.Call) -> bool:
    return ast.unparse(call.func) in ("pytest.raises", "raises")


def assigned(name: str, value: ast.expr) -> ast.stmt:
    """Return the statement that gives a name a value."""
    return ast.Assign([ast.Name(name, ast.Store())], value, lineno=1)


def loaded(nodes: Sequence[ast.AST]) -> set[str]:
    """Return the names that statements read."""
    return {
        part.id
        for node in nodes
        for part in ast.walk(node)
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load)
    }


def stored(node: ast.stmt) -> set[str]:
    """Return the names that a statement sets."""
    return {
        part.id
        for part in ast.walk(node)
        if isinstance(part, ast.Name) and not isinstance(part.ctx, ast.Load)
    }
