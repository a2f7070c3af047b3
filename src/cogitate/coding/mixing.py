"""Programs mixed of two: one with a definition of the other in the place of its own.

    list(mixtures("def f(): return 1\ndef g(): return 2\n", "def f(): return 3\n..."))
    -> ["def f(): return 3\ndef g(): return 2\n", ...]

Of several samples of a module each may have another function right, and none all of them.
"""

import ast
from collections.abc import Iterator, Mapping

from cogitate.coding.candidates import UNREADABLE, RefusedError, source_lines, spliced

_Function = ast.FunctionDef | ast.AsyncFunctionDef


def mixtures(own: str, other: str) -> Iterator[str]:
    """Yield `own` with one function, class or method of `other`, for each that differs.

    What the definition may need comes along: imports, and names that `own` does not define. Where
    one of both does not parse there is none.
    """
    try:
        mine, theirs = ast.parse(own), ast.parse(other)
    except UNREADABLE:
        return
    places, lines = _definitions(mine), source_lines(other)
    helpers = [node for node in theirs.body if not set(_named(node)) & places.keys()]
    for name, node in _definitions(theirs).items():
        place = places.get(name)
        if place is None or ast.dump(place) == ast.dump(node):
            continue
        code = "".join(_text(lines, one) for one in (*helpers, node))
        yield spliced(own, code)
        if isinstance(place, ast.ClassDef) and isinstance(node, ast.ClassDef):
            bare = "".join(_text(lines, one) for one in helpers)
            yield from _with_methods(own, place, node, lines, bare)


def _with_methods(
    own: str, place: ast.ClassDef, other: ast.ClassDef, lines: list[str], helpers: str
) -> Iterator[str]:
    """Yield a program with each method of the other class that differs, or that it lacks."""
    mine = {node.name: node for node in place.body if isinstance(node, _Function)}
    for node in other.body:
        if not isinstance(node, _Function) or node.col_offset != place.body[0].col_offset:
            continue
        here = mine.get(node.name)
        if here is not None and ast.dump(here) == ast.dump(node):
            continue
        first, last = _span(here) if here is not None else (_span(place)[1], _span(place)[1])
        text = source_lines(own)
        method = source_lines(_text(lines, node))
        text[first:last] = method if here is not None else ["\n", *method]
        mixed = "".join(text)
        try:
            yield spliced(mixed, helpers)
        except RefusedError:
            continue


def _definitions(tree: ast.Module) -> Mapping[str, ast.stmt]:
    return {node.name: node for node in tree.body if isinstance(node, _Function | ast.ClassDef)}


def _named(node: ast.stmt) -> list[str]:
    """Return the names that a statement defines; an import defines none."""
    if isinstance(node, _Function | ast.ClassDef):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else []
    return [target.id for target in targets if isinstance(target, ast.Name)]


def _text(lines: list[str], node: ast.stmt) -> str:
    first, last = _span(node)
    text = "".join(lines[first:last])
    return text if text.endswith("\n") else f"{text}\n"


def _span(node: ast.stmt) -> tuple[int, int]:
    """Return where a statement's lines begin and end, with its decorators."""
    decorators = getattr(node, "decorator_list", [])
    first = min([node.lineno, *(decorator.lineno for decorator in decorators)])
    return first - 1, node.end_lineno or node.lineno
