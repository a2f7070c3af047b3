"""What stands behind a module's definitions and only shows what they do.

Models end files by calls that print, which would run at each import.
"""

import ast
import symtable
from collections.abc import Iterator, Sequence

from cogitate.coding.splicing import DEFINITIONS, names_of
from cogitate.coding.syntax import last_line, parsed, scopes, source_lines


def without_demonstration(code: str, names: Sequence[str]) -> str:
    """Return a module's code without what stands behind its definitions and only shows them.

    What defines one of the names, or what functions use, stays, and so does a file that has
    nothing else.
    """
    tree = parsed(code)
    body = tree.body if tree else []
    last = max((i for i, node in enumerate(body) if isinstance(node, DEFINITIONS)), default=-1)
    shown = body[last + 1 :]
    bound = {name for node in shown for name in names_of(node)}
    if last < 0 or not any(map(demonstrates, shown)) or bound & {*names, *used_in_functions(code)}:
        return code
    lines = source_lines(code)[: last_line(body[last])]
    return "".join(lines).rstrip() + "\n"


def used_in_functions(code: str) -> Iterator[str]:
    """Yield the names of a module that its functions use."""
    for scope in scopes(code):
        if isinstance(scope, symtable.Function):
            yield from scope.get_globals()


def demonstrates(node: ast.stmt) -> bool:
    """Return whether a statement prints, checks, or calls something and drops the result."""
    found = list(ast.walk(node))
    called = (ast.unparse(inner.func) for inner in found if isinstance(inner, ast.Call))
    checks = any(isinstance(inner, ast.Assert) for inner in found)
    return checks or any(name in ("print", "unittest.main", "main") for name in called)
