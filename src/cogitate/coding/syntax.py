"""A program's syntax tree, if it has one, and its lines as Python counts them."""

import ast
import re
import symtable
from collections.abc import Sequence
from threading import Lock

UNREADABLE = (SyntaxError, ValueError, MemoryError, RecursionError)
"""What reading a program may raise; the last two if it is nested deeply."""


_PARSING = Lock()


def tree_of(text: str) -> ast.Module:
    """Return the syntax tree of a program, for one thread after the other.

    Python 3.11 counts the depths of two trees together that threads make at once, and raises
    SystemError then.

    Raises:
        SyntaxError, ValueError, MemoryError, RecursionError: it has none.
    """
    with _PARSING:
        return ast.parse(text.removeprefix("\ufeff"))


def parsed(text: str) -> ast.Module | None:
    """Return the syntax tree of a program; None if it is none."""
    try:
        return tree_of(text)
    except UNREADABLE:
        return None


def scopes(text: str) -> list[symtable.SymbolTable]:
    """Return the scopes of a program, its own first; none if it cannot be compiled."""
    try:
        found = [symtable.symtable(text, "", "exec")]
    except UNREADABLE:
        return []
    for scope in found:  # which grows
        found += scope.get_children()
    return found


def source_lines(text: str) -> list[str]:
    """Return lines with their ends, as Python counts them: a form feed ends none."""
    return re.findall(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+", text)


def first_line(node: ast.stmt) -> int:
    """Return the number of a statement's first line, that of its decorators if it has some."""
    decorators = getattr(node, "decorator_list", [])
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])


def last_line(node: ast.stmt) -> int:
    """Return the number of a statement's last line."""
    return node.end_lineno or node.lineno


def lines_before(node: ast.stmt, lines: Sequence[str], least: int = 0) -> int:
    """Return the number of lines before a statement and the comments over it."""
    end = first_line(node) - 1
    while end > least and lines[end - 1].strip()[:1] in ("", "#"):
        end -= 1
    return end


def is_docstring(node: ast.stmt) -> bool:
    """Return whether a statement is a constant alone."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
