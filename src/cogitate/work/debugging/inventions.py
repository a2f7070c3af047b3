"""Values that a patch makes up: what it gives to a name, a key or a None that nothing else states.

    invented(old, new, failure)  ->  ("DOSE", "0.5"): asking for DOSE is correct, guessing is not

A default such as 0, "" or [] is no made-up value, nor is one that is computed.
"""

import ast
import re
from collections.abc import Iterator

from cogitate.coding.syntax import parsed
from cogitate.work.debugging.failures import Failure

_NAMED = {
    "NameError": re.compile(r"name '(\w+)'"),
    "AttributeError": re.compile(r"has no attribute '(\w+)'"),
    "ImportError": re.compile(r"cannot import name '(\w+)'"),
    "KeyError": re.compile(r"^['\"]?(.+?)['\"]?$"),
}
"""Where the message of an error has what is missing."""
_NEUTRAL = (None, False, True, 0, 1, -1, "", b"")


def invented(old: str, new: str, failure: Failure) -> tuple[str, str] | None:
    """Return what a patch makes up a value for, and the value; None if it does not."""
    before, after = parsed(old), parsed(new)
    if before is None or after is None:
        return None
    form = _NAMED.get(failure.kind.rpartition(".")[2])
    found = form.search(failure.message.strip()) if form else None
    if found:
        name = found[1]
        known = {ast.unparse(value) for value in _given(before, name)}
        values = [ast.unparse(value) for value in _given(after, name)]
        made_up = [value for value in values if value not in known]
        return (name, made_up[0]) if made_up else None
    return _instead_of_none(before, after)


def _given(tree: ast.Module, name: str) -> Iterator[ast.expr]:
    """Yield literals that a name, an attribute or a key is given, or that are used without it."""
    at_top = {id(node) for node in tree.body} | {
        id(inner) for node in tree.body if isinstance(node, ast.ClassDef) for inner in node.body
    }
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=targets, value=value) if name in map(_last_name, targets):
                local = isinstance(targets[0], ast.Name) and id(node) not in at_top
                if _is_made(value) and not local:
                    yield value
            case ast.Dict(keys=keys, values=values):
                for key, value in zip(keys, values, strict=True):
                    if isinstance(key, ast.Constant) and str(key.value) == name and _is_made(value):
                        yield value
            case (
                ast.Call(func=ast.Attribute(attr="get"), args=[key, value])
                | ast.Call(func=ast.Name(id="getattr"), args=[_, key, value])
            ) if _may_be(key, name) and _is_made(value):
                yield value
            case _:
                continue


def _last_name(node: ast.expr) -> str:
    match node:
        case (
            ast.Name(id=name)
            | ast.Attribute(attr=name)
            | ast.Subscript(slice=ast.Constant(value=str(name)))
        ):
            return name
        case _:
            return ""


def _may_be(key: ast.expr, name: str) -> bool:
    """Return whether a key is a name, as far as its text tells."""
    return not isinstance(key, ast.Constant) or str(key.value) == name


def _is_made(node: ast.expr) -> bool:
    """Return whether an expression is a literal that says something."""
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError, MemoryError, RecursionError):
        return False
    is_empty = isinstance(value, list | tuple | dict | set) and not value
    return not is_empty and not any(value is one or value == one for one in _NEUTRAL)


def _instead_of_none(before: ast.Module, after: ast.Module) -> tuple[str, str] | None:
    """Return a literal in the place of a None, where all else is the same."""
    pairs = list(zip(_literals(before), _literals(after), strict=False))
    if len(pairs) != len(list(_literals(after))):
        return None
    for old, new in pairs:
        if old.value is None and _is_made(new):
            return "None", ast.unparse(new)
    return None


def _literals(tree: ast.Module) -> Iterator[ast.Constant]:
    """Yield the constants of a program, in order, but docstrings."""
    for node in ast.walk(tree):
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Constant) and not isinstance(node, ast.Expr):
                yield child
