"""From a model's answer to the text of a file: the code block, whole or spliced, or a refusal."""

import ast
import re
import symtable
from collections.abc import Iterable, Iterator, Sequence
from textwrap import dedent

from cogitate.coding.elisions import elisions
from cogitate.coding.imports import with_imports
from cogitate.coding.prompts import LONG
from cogitate.coding.syntax import (
    UNREADABLE,
    first_line,
    is_docstring,
    last_line,
    parsed,
    scopes,
    source_lines,
)

_FENCE = re.compile(
    r"^[ \t]*(?P<mark>`{3,}|~{3,})[ \t]*(?P<language>[\w+-]*)[^\n]*\n"
    r"(?P<code>.*?)(?:^[ \t]*(?P=mark)[ \t]*$|\Z)",
    re.MULTILINE | re.DOTALL,
)
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_PYTHON = frozenset({"", "py", "python", "python3"})


class RefusedError(Exception):
    """An answer without a usable candidate; the message says why."""


def candidate(
    answer: str,
    names: Sequence[str],
    current: str | None = None,
    module: str = "",
    tests: Iterable[str] = (),
) -> str:
    """Return the text that a target would have by a model's answer.

    Args:
        answer: its text, without the thought.
        names: those that the target must define.
        current: the present text; if it is long, the answer's definitions are put into it.
        module: the target's dotted name; what a model imports from it, as tests do, is left out.
        tests: texts of the tests, by which imports that it lacks are known.

    Raises:
        RefusedError: there is no code, it defines no such name, or it leaves something out.
    """
    code = code_of(answer, names, module)
    need_whole(code, names, current or "")
    if current is None:
        return with_imports(without_demonstration(code, names), tests)
    whole = spliced(current, code) if current.count("\n") > LONG else code
    return with_imports(whole, tests)


def code_of(answer: str, names: Sequence[str], module: str = "") -> str:
    """Return the code of an answer, which may leave something out; see `candidate`.

    Raises:
        RefusedError: there is no code, or it defines no such name.
    """
    return without_imports_of(module, _code(answer, names))


def need_whole(code: str, names: Sequence[str], present: str) -> None:
    """Refuse code that leaves something out; see `elisions`.

    Raises:
        RefusedError: it does.
    """
    if elided := next(elisions(code, names, present), None):
        raise RefusedError(f"it leaves code out: {elided}")


def _code(answer: str, names: Sequence[str]) -> str:
    """Return the last code block that defines one of the names."""
    fences = list(_FENCE.finditer(answer))
    blocks = [_dedented(f["code"]) for f in fences if f["language"].lower() in _PYTHON]
    bare = dedent(answer).strip()
    if not fences and _defined(bare) & set(names):
        blocks = [bare]
    if not blocks:
        raise RefusedError("it has no code block")
    for block in reversed(blocks):
        if not names or _defined(block) & set(names):
            return block.strip("\n") + "\n"
    if parsed(blocks[-1]):
        raise RefusedError(f"its code defines none of {', '.join(names)}")
    return blocks[-1].strip("\n") + "\n"  # the error is worth a repair


def _dedented(code: str) -> str:
    """Return code of a block that is indented, as in a list, from the margin on."""
    return code if parsed(code) else dedent(code)


def without_imports_of(module: str, code: str) -> str:
    """Return a module's code without its imports of itself, which could never be done."""
    tree = parsed(code)
    if not module or tree is None:
        return code
    lines = source_lines(code)
    for node in reversed(tree.body):
        if isinstance(node, ast.ImportFrom) and node.module == module:
            del lines[first_line(node) - 1 : last_line(node)]
    return "".join(lines)


def without_demonstration(code: str, names: Sequence[str]) -> str:
    """Return a module's code without what stands behind its definitions and only shows them.

    Models end files by calls that print, which would run at each import. What defines one of the
    names, or what functions use, stays, and so does a file that has nothing else.
    """
    tree = parsed(code)
    body = tree.body if tree else []
    last = max((i for i, node in enumerate(body) if isinstance(node, _DEFINITIONS)), default=-1)
    shown = body[last + 1 :]
    bound = {name for node in shown for name in _names(node)}
    if last < 0 or not any(map(_demonstrates, shown)) or bound & {*names, *_globals(code)}:
        return code
    lines = source_lines(code)[: last_line(body[last])]
    return "".join(lines).rstrip() + "\n"


def _globals(code: str) -> Iterator[str]:
    """Yield the names of a module that its functions use."""
    for scope in scopes(code):
        if isinstance(scope, symtable.Function):
            yield from scope.get_globals()


def _demonstrates(node: ast.stmt) -> bool:
    """Return whether a statement prints, checks, or calls something and drops the result."""
    calls = [n for n in ast.walk(node) if isinstance(n, ast.Call)]
    prints = any(ast.unparse(call.func) in ("print", "unittest.main", "main") for call in calls)
    return prints or isinstance(node, ast.Assert)


def form(text: str) -> str:
    """Return a program however it is laid out; itself if it is nested too deeply for that."""
    try:
        return ast.dump(ast.parse(text))
    except UNREADABLE:
        return text


def _defined(text: str) -> set[str]:
    """Return the names that a module defines at its top level; none if it does not parse."""
    tree = parsed(text)
    return {name for node in tree.body for name in _names(node)} if tree else set()


def _names(node: ast.stmt) -> list[str]:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return [node.name]
        case ast.Assign():
            return [target.id for target in node.targets if isinstance(target, ast.Name)]
        case ast.AnnAssign(target=ast.Name(id=name)):
            return [name]
        case _:
            return []


# ---------------------------------------------------------------- splicing


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
        elif names := _names(node):
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
    names = set(_names(node))
    found = [other for other in program.body if names & set(_names(other))]
    alike = [other for other in found if _decorators(other) == _decorators(node)]
    return (alike or found or [None])[-1]


def _decorators(node: ast.stmt) -> list[str]:
    return list(map(ast.unparse, getattr(node, "decorator_list", [])))


def with_newlines_of(current: str, text: str) -> str:
    r"""Return a text with the newlines of the present one, unless these are mixed.

    Example: with_newlines_of("a\r\n", "b\n") -> "b\r\n"
    """
    if "\r\n" not in current or re.search(r"(?<!\r)\n", current):
        return text
    return text.replace("\r\n", "\n").replace("\n", "\r\n")


def _is_import(node: ast.stmt) -> bool:
    return isinstance(node, ast.Import | ast.ImportFrom)
