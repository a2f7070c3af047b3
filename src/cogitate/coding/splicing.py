"""An answer's code instead of a file, or put into it: nothing that the file defines is lost.

Code is the whole file if it has all of the file's names and statements. Else its functions,
classes and methods take the place of those that have their names, and new ones are added. All other
lines of the file stay as they are.
"""

import ast
import copy
import io
import re
import tokenize
from collections.abc import Collection, Iterable, Iterator
from typing import TypeGuard

from cogitate.coding.blocks import Program
from cogitate.coding.syntax import (
    UNREADABLE,
    first_line,
    is_docstring,
    last_line,
    lines_before,
    parsed,
    source_lines,
    tree_of,
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
    return code if _has_all(old, new) else spliced(current, code)


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
        return re.findall(r"^\s*(?:async\s+)?(?:def|class)\s+(\w+)", text, re.MULTILINE)
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

_Place = tuple[int, int, int, str]
"""Numbers of the lines before and at the end of what is replaced, equal where something is added;
minus the margin of what is added; and what is defined."""


def spliced(current: str, code: str) -> str:
    """Return a file with some of its definitions replaced, and new ones added.

    Imports that the file lacks are added behind its own. Of a class the members are put in one by
    one, and the header where it says something else.

    Raises:
        RefusedError: one of both does not parse, or a definition would be lost.
    """
    text = current.removeprefix("\ufeff")
    try:
        new = Program(_opened(re.sub("\r\n?", "\n", code)))
        old = Program(_opened(text, {node.name for node in _classes(new.tree)}))
        splice = _Splice(old, new)
        splice.put(new.tree.body, old.tree)
        made = splice.text()
        lost = _everything(old.tree) - _everything(tree_of(made))
    except UNREADABLE as error:
        raise RefusedError(f"its code cannot be put into the file: {error}") from error
    if lost:
        raise RefusedError(
            f"its code cannot be put into the file: {', '.join(sorted(lost))} would be lost"
        )
    return current[: len(current) - len(text)] + made


def _opened(text: str, names: Collection[str] | None = None) -> str:
    """Return a program with the bodies of classes, those of some names or all, on their own lines.

    Example: `class A: pass` is `class A:`, and `    pass` below it
    """
    lines = source_lines(text)
    for node in _classes(tree_of(text)):
        body = node.body[0]
        line = lines[body.lineno - 1].encode()
        header, rest = line[: body.col_offset].decode(), line[body.col_offset :].decode()
        if header.strip() and (names is None or node.name in names):
            lines[body.lineno - 1] = f"{header.rstrip()}\n{_margin(header)}    {rest}"
    return "".join(lines)


class _Splice:
    """Statements of a new program in the place of those of an old one, and between them."""

    def __init__(self, old: Program, new: Program) -> None:
        self._old, self._new = old, new
        self._in_texts = set(_lines_in_texts(new))
        self._edits: dict[_Place, list[str]] = {}

    def text(self) -> str:
        """Return the old program with what was put into it."""
        lines, found, end = self._old.lines, list[str](), 0
        for (start, stop, *_), edit in sorted(self._edits.items(), key=lambda item: item[0][:3]):
            found += [*lines[end:start], *edit]
            end = max(end, stop)
        return "".join([*found, *lines[end:]])

    def put(self, nodes: Iterable[ast.stmt], owner: ast.Module | ast.ClassDef) -> None:
        """Put statements into the old module, or into one of its classes."""
        known = {ast.unparse(node) for node in owner.body}
        for node in nodes:
            place = _same_definition(node, owner)
            if _is_import(node):
                if ast.unparse(node) not in known:
                    self._add(node, owner, self._end_of_imports(owner))
            elif isinstance(node, ast.ClassDef) and _has_members(place):
                self._put_header(node, place)
                self.put(node.body, place)
            elif isinstance(owner, ast.Module) and (home := _class_of(node, owner)):
                self.put([node], home)
            elif place is not None:
                self._replace(place, node)
            elif not names_of(node):
                continue
            elif isinstance(owner, ast.ClassDef):
                self._add(node, owner, last_line(owner), gap=isinstance(node, DEFINITIONS))
            else:
                self._add(node, owner, len(self._old.lines), gap=2)

    def _replace(self, place: ast.stmt, node: ast.stmt) -> None:
        alike = " ".join([*_decorators(node), *names_of(node)])  # the last of several counts
        at = first_line(place) - 1, last_line(place), 0, alike
        self._edits[at] = self._moved(node, last_line(node), self._margin_of(place))

    def _put_header(self, node: ast.ClassDef, place: ast.ClassDef) -> None:
        """Take a header that says something else.

        One without bases and decorators only names the class, unless all members are below it.
        """
        says = node.bases or node.keywords or node.decorator_list
        if _header(node) != _header(place) and (says or _members(place) <= _members(node)):
            at = first_line(place) - 1, lines_before(place.body[0], self._old.lines), 0, "header"
            end = lines_before(node.body[0], self._new.lines)
            self._edits[at] = self._moved(node, end, self._margin_of(place))

    def _add(self, node: ast.stmt, owner: ast.Module | ast.ClassDef, at: int, gap: int = 0) -> None:
        margin = self._margin_of(owner.body[0]) if isinstance(owner, ast.ClassDef) else ""
        lines = self._moved(node, last_line(node), margin)
        self._edits[at, at, -len(margin), str(len(self._edits))] = ["\n"] * gap + lines

    def _end_of_imports(self, owner: ast.Module | ast.ClassDef) -> int:
        """Return the number of the last line of a body's imports, or else of its docstring."""
        before = first_line(owner.body[0]) - 1 if isinstance(owner, ast.ClassDef) else 0
        heads = [node for node in owner.body[:1] if is_docstring(node)]
        return max([before, *(last_line(n) for n in (*heads, *filter(_is_import, owner.body)))])

    def _margin_of(self, node: ast.stmt) -> str:
        return _margin(self._old.lines[first_line(node) - 1])

    def _moved(self, node: ast.stmt, end: int, margin: str) -> list[str]:
        """Return the lines of a new statement, moved to a margin but for those within its texts."""
        start = first_line(node) - 1
        lines = self._new.lines[start:end]
        own = _margin(lines[0])
        if own == margin:
            return lines
        return [
            line
            if number in self._in_texts or not line.strip()
            else margin + (line.removeprefix(own) if line.startswith(own) else line.lstrip())
            for number, line in enumerate(lines, start + 1)
        ]


def _lines_in_texts(program: Program) -> Iterator[int]:
    """Yield the numbers of the lines that begin within a text, but for those of docstrings."""
    texts = [n for n in ast.walk(program.tree) if isinstance(n, ast.stmt) and is_docstring(n)]
    docstrings = {number for node in texts for number in range(node.lineno, last_line(node) + 1)}
    for token in tokenize.generate_tokens(io.StringIO("".join(program.lines)).readline):
        if "STRING" in tokenize.tok_name[token.type]:  # or a part of one, from Python 3.12 on
            yield from set(range(token.start[0] + 1, token.end[0] + 1)) - docstrings


def _class_of(node: ast.stmt, program: ast.Module) -> ast.ClassDef | None:
    """Return the one class of a program that has a method of a method's name."""
    is_function = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    if not is_function or [a.arg for a in node.args.args[:1]] not in (["self"], ["cls"]):
        return None
    classes = [one for one in program.body if isinstance(one, ast.ClassDef)]
    owners = [one for one in classes if f"{one.name}.{node.name}" in defined(program)]
    return owners[0] if len(owners) == 1 else None


def _has_members(node: ast.stmt | None) -> TypeGuard[ast.ClassDef]:
    """Return whether a statement is a class with more than `pass` and a docstring."""
    return isinstance(node, ast.ClassDef) and not all(
        isinstance(one, ast.Pass) or is_docstring(one) for one in node.body
    )


def _members(node: ast.ClassDef) -> set[str]:
    return {name for inner in node.body for name in names_of(inner)}


def _everything(program: ast.Module) -> set[str]:
    """Return what a module defines, with the members of all its classes."""
    return _all_names(program) | {
        f"{one.name}.{name}" for one in _classes(program) for name in _members(one)
    }


def _classes(owner: ast.Module | ast.ClassDef) -> Iterator[ast.ClassDef]:
    """Yield the classes of a body and those that stand in one."""
    for node in owner.body:
        if isinstance(node, ast.ClassDef):
            yield node
            yield from _classes(node)


def _header(node: ast.ClassDef) -> str:
    """Return what a class says before its body."""
    alone = copy.copy(node)
    alone.body = []
    return ast.dump(alone)


def _margin(line: str) -> str:
    return line[: len(line) - len(line.lstrip(" \t"))]


def _same_definition(node: ast.stmt, owner: ast.Module | ast.ClassDef) -> ast.stmt | None:
    """Return what a body has by a statement's name; of several, what is decorated alike."""
    names = set(names_of(node))
    found = [other for other in owner.body if names & set(names_of(other))]
    alike = [other for other in found if _decorators(other) == _decorators(node)]
    return (alike or found or [None])[-1]


def _decorators(node: ast.stmt) -> list[str]:
    return list(map(ast.unparse, getattr(node, "decorator_list", [])))


def _is_import(node: ast.stmt) -> bool:
    return isinstance(node, ast.Import | ast.ImportFrom)
