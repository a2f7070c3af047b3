"""From a model's answer to the text of a file: its code block, alone or put in, or a refusal."""

import ast
import re
from collections.abc import Iterable, Sequence
from textwrap import dedent

from cogitate.coding.demonstrations import MAIN, without_demonstration
from cogitate.coding.elisions import elisions
from cogitate.coding.imports import with_imports
from cogitate.coding.keeping import kept
from cogitate.coding.splicing import RefusedError, names_of, patched
from cogitate.coding.syntax import UNREADABLE, first_line, last_line, parsed, source_lines, tree_of

_FENCE = re.compile(
    r"^[ \t]*(?P<mark>`{3,}|~{3,})[ \t]*(?P<language>[\w+-]*)[^\n]*\n"
    r"(?P<code>.*?)(?:^[ \t]*(?P=mark)[ \t]*$|\Z)",
    re.MULTILINE | re.DOTALL,
)
_RUNS = re.compile(r"\b(subprocess|runpy|os\.system)\b")
"""How tests run a program."""
_PYTHON = frozenset({"", "py", "python", "python3"})


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
        current: the present text; an answer without some of its names is put into it, and what
            both have in common stays as it is there.
        module: the target's dotted name; what a model imports from it, as tests do, is left out.
        tests: texts of the tests, by which imports that it lacks are known, and whether it is run.

    Raises:
        RefusedError: there is no code, it defines no such name, or it leaves something out.
    """
    code, tests = code_of(answer, names, module), list(tests)
    need_whole(code, names, current or "")
    needed = [*names, *([MAIN] if any(map(_RUNS.search, tests)) else [])]
    if current is None:
        return with_imports(without_demonstration(code, needed), tests)
    return with_imports(kept(current, patched(current, code), needed), tests)


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


def form(text: str) -> str:
    """Return a program however it is laid out; itself if it is nested too deeply for that."""
    try:
        return ast.dump(tree_of(text))
    except UNREADABLE:
        return text


def _defined(text: str) -> set[str]:
    """Return the names that a module defines at its top level; none if it does not parse."""
    tree = parsed(text)
    return {name for node in tree.body for name in names_of(node)} if tree else set()


def with_newlines_of(current: str, text: str) -> str:
    r"""Return a text with the newlines of the present one, unless these are mixed.

    Example: with_newlines_of("a\r\n", "b\n") -> "b\r\n"
    """
    if "\r\n" not in current or re.search(r"(?<!\r)\n", current):
        return text
    return text.replace("\r\n", "\n").replace("\n", "\r\n")
