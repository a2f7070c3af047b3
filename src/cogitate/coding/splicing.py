"""An answer's code instead of a file, or put into it: nothing that the file defines is lost.

Code is the whole file if it has all of the file's names and statements. Else its functions,
classes and methods take the place of those that have their names, and new ones are added.
"""

import ast
import re
import textwrap
from collections.abc import Iterator

from cogitate.coding.syntax import (
    UNREADABLE,
    first_line,
    is_docstring,
    last_line,
    parsed,
    source_lines,
)

DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_QUIET = (*DEFINITIONS, ast.Import, ast.ImportFrom, ast.Assign, ast.AnnAssign)


class RefusedError(Exception):
    """An answer without a usable candidate; the message says why."""


def patched(current: str, code: str) -> str:
    """Return a file with the code of an answer: instead of it, or put into it.

    Raises:
        RefusedError: it is neither.
    """
    old, new = parsed(current), parsed(code)
    if new is None:
        return code
    if old is None:
        if lost := sorted(set(names_in(current)) - set(names_in(code))):
            raise RefusedError(f"it leaves out {', '.join(lost)}")
        return code
    if _has_all(old, new):
        return code
    text = current
    for node in new.body:  # one by one: two of them may be methods of one class
        text = spliced(text, _in_class(node, parsed(text) or old, text, code))
    return text


def _has_all(old: ast.Module, new: ast.Module) -> bool:
    missing = _all_names(old) - _all_names(new)
    return not missing and num_statements(new) >= num_statements(old)


def _all_names(program: ast.Module) -> set[str]:
    """Return what a module defines, constants and methods included."""
    return {*defined(program), *(name for node in program.body for name in names_of(node))}


def names_in(text: str) -> list[str]:
    """Return the names of a file's definitions, also of methods, without their class."""
    program = parsed(text)
    if program is None:
        return re.findall(r"^\s*(?:def|class)\s+(\w+)", text, re.MULTILINE)
    return [
        *(name for node in program.body for name in names_of(node)),
        *(name.rpartition(".")[2] for name in defined(program) if "." in name),
    ]


def defined(program: ast.Module) -> Iterator[str]:
    """Yield the names of functions, classes and methods."""
    for node in program.body:
        if isinstance(node, DEFINITIONS):
            yield node.name
        if isinstance(node, ast.ClassDef):
            yield from (f"{node.name}.{n.name}" for n in node.body if isinstance(n, DEFINITIONS))


def num_statements(program: ast.Module) -> int:
    """Return how many statements do something when the module is run."""
    return sum(not isinstance(n, _QUIET) and not is_docstring(n) for n in program.body)


def _in_class(node: ast.stmt, old: ast.Module, current: str, code: str) -> str:
    """Return the text of a statement; a class or a method as its whole class, changed."""
    text = _source(node, code)
    classes = {n.name: n for n in old.body if isinstance(n, ast.ClassDef)}
    body = text
    target = None
    if isinstance(node, ast.ClassDef) and node.name in classes:
        target = classes[node.name]
        body = "".join(_source(inner, code, dedent=True) for inner in node.body)
    elif isinstance(node, ast.FunctionDef) and node.args.args[:1]:
        owners = [c for c in classes.values() if node.name in _methods(c)]
        is_method = node.args.args[0].arg in ("self", "cls")
        target = owners[0] if is_method and len(owners) == 1 else None
    if target is None:
        return text
    members = "".join(_lines(current, target.body[0], target.body[-1]))
    indent = members[: len(members) - len(members.lstrip(" \t"))]
    header = "".join(source_lines(current)[first_line(target) - 1 : first_line(target.body[0]) - 1])
    merged = spliced(textwrap.dedent(members), body)
    return header + textwrap.indent(merged, indent) + "\n\n"


def _methods(node: ast.ClassDef) -> set[str]:
    return {inner.name for inner in node.body if isinstance(inner, DEFINITIONS)}


def _source(node: ast.stmt, code: str, *, dedent: bool = False) -> str:
    text = "".join(_lines(code, node, node))
    text = textwrap.dedent(text) if dedent else text
    return text if text.endswith("\n") else f"{text}\n"


def _lines(code: str, first: ast.stmt, last: ast.stmt) -> list[str]:
    return source_lines(code)[first_line(first) - 1 : last_line(last)]


def names_of(node: ast.stmt) -> list[str]:
    """Return the names that a statement defines."""
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return [node.name]
        case ast.Assign():
            return [target.id for target in node.targets if isinstance(target, ast.Name)]
        case ast.AnnAssign(target=ast.Name(id=name)):
            return [name]
        case _:
            return []


# ---------------------------------------------------------------- one part after the other


def spliced(current: str, code: str) -> str:
    """Return a file with some of its definitions replaced, and new ones added.

    Imports that the file lacks are added behind its own.

    Raises:
        RefusedError: one of both does not parse.
    """
    try:
        old, new = ast.parse(current.removeprefix("\ufeff")), ast.parse(code)
    except UNREADABLE as error:
        raise RefusedError(f"its code cannot be put into the file: {error}") from error
    lines, code_lines = source_lines(current), source_lines(code)
    known = {ast.unparse(node) for node in old.body}
    added: list[tuple[int, int, list[str]]] = []
    replaced: dict[tuple[int, int], dict[str, list[str]]] = {}
    for node in new.body:
        text = code_lines[first_line(node) - 1 : last_line(node)]
        if _is_import(node):
            if ast.unparse(node) not in known:
                added.append((_end_of_imports(old), _end_of_imports(old), text))
        elif names := names_of(node):
            place = _same_definition(node, old)
            if place is None:
                added.append((len(lines), len(lines), ["\n", "\n", *text]))
            else:
                at = (first_line(place) - 1, last_line(place))
                alike = " ".join([*_decorators(node), *names])
                replaced.setdefault(at, {})[alike] = text  # the last of several counts
    edits = added + [
        (*at, [line for text in texts.values() for line in text]) for at, texts in replaced.items()
    ]
    for _, (start, end, text) in sorted(
        enumerate(edits), key=lambda edit: (edit[1][0], edit[0]), reverse=True
    ):
        lines[start:end] = [line if line.endswith("\n") else line + "\n" for line in text]
    return "".join(lines)


def _end_of_imports(program: ast.Module) -> int:
    """Return the number of the last line of a file's imports, or else of its docstring."""
    heads = [node for node in program.body[:1] if is_docstring(node)]
    return max([0, *(last_line(n) for n in (*heads, *filter(_is_import, program.body)))])


def _same_definition(node: ast.stmt, program: ast.Module) -> ast.stmt | None:
    """Return what a file has by a statement's name; of several, what is decorated alike."""
    names = set(names_of(node))
    found = [other for other in program.body if names & set(names_of(other))]
    alike = [other for other in found if _decorators(other) == _decorators(node)]
    return (alike or found or [None])[-1]


def _decorators(node: ast.stmt) -> list[str]:
    return list(map(ast.unparse, getattr(node, "decorator_list", [])))


def _is_import(node: ast.stmt) -> bool:
    return isinstance(node, ast.Import | ast.ImportFrom)
