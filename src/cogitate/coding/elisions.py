r"""Signs that an answer leaves code out: a comment or `...` that stands for it, an empty function.

next(elisions("def f(x):\n    # ... existing code ..."))  ->  "# ... existing code ..."
"""

import ast
import io
import re
import tokenize
from collections.abc import Collection, Iterator

from cogitate.coding.syntax import UNREADABLE, is_docstring, parsed

_ELIDED = re.compile(
    r"^#\s*(\.\.\.|…|your code|(the )?(rest|remainder) (of|is|remains|stays)\b"
    r"|todo:?\s*($|implement|add|complete|fill|finish|write|your)"
    r"|same as (before|above)|as before\b"
    r"|(existing|previous|other|unchanged|remaining)\b.*\b(code|functions?|methods?|here)\b)"
    r"|^#.*\b(unchanged|existing code)\b.*(\.\.\.|…)",
    re.IGNORECASE,
)
_Function = ast.FunctionDef | ast.AsyncFunctionDef


def elisions(code: str, names: Collection[str] | None = None, present: str = "") -> Iterator[str]:
    """Yield signs that code was left out.

    Comments and empty functions that the present text has itself are none.

    Args:
        code: of the answer.
        names: functions that need a body, beside those that have one in the present text; all by
            default.
        present: the text that the code replaces.
    """
    own = set(_comments(present))
    yield from (one for one in _comments(code) if _ELIDED.match(one) and one not in own)
    before = dict(_functions(present))
    for name, function in _functions(code):
        was = before.get(name)
        is_needed = names is None or function.name in names if was is None else not _is_empty(was)
        if is_needed and _is_empty(function):
            yield f"the body of {function.name}"
        elif any(map(_is_ellipsis, function.body)) and not all(map(_says_nothing, function.body)):
            yield f"... in {function.name}"


def _comments(text: str) -> Iterator[str]:
    """Yield the comments of a program, up to where it cannot be read."""
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT:
                yield token.string
    except (tokenize.TokenError, *UNREADABLE):
        return


def _functions(text: str) -> Iterator[tuple[str, _Function]]:
    """Yield the functions of a program, each with the names of what it stands in."""
    tree = parsed(text)
    yield from _within("", tree) if tree else ()


def _within(outer: str, node: ast.AST) -> Iterator[tuple[str, _Function]]:
    for child in ast.iter_child_nodes(node):
        name = f"{outer}.{child.name}" if isinstance(child, _Function | ast.ClassDef) else outer
        if isinstance(child, _Function):
            yield name, child
        yield from _within(name, child)


def _is_empty(function: _Function) -> bool:
    """Return whether a function does nothing, and is not meant to be abstract."""
    return not function.decorator_list and all(map(_says_nothing, function.body))


def _says_nothing(statement: ast.stmt) -> bool:
    """Return whether a statement is pass, a docstring, an ellipsis or NotImplementedError."""
    if isinstance(statement, ast.Raise):
        return "NotImplementedError" in ast.unparse(statement)
    return isinstance(statement, ast.Pass) or is_docstring(statement)


def _is_ellipsis(statement: ast.stmt) -> bool:
    match statement:
        case ast.Expr(value=ast.Constant(value=value)):
            return value is ...
        case _:
            return False
