"""From a model's answer to a changed file, or a refusal.

proposal(answer, sources)            ->  Proposal(diagnosis="...", path="shop.py", text="...")
objection(old, new, failure, path)   ->  "it swallows the exception", or None
"""

import ast
import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass

from cogitate.coding.candidates import (
    RefusedError,
    code_of,
    need_whole,
    spliced,
    with_newlines_of,
)
from cogitate.coding.syntax import (
    UNREADABLE,
    first_line,
    is_docstring,
    last_line,
    parsed,
    source_lines,
)
from cogitate.work.debugging.sources import Sources

_FENCED = re.compile(r"^[ \t]*(?:`{3,}|~{3,})", re.MULTILINE)
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_QUIET = (*DEFINITIONS, ast.Import, ast.ImportFrom, ast.Assign, ast.AnnAssign)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What an answer comes to.

    Example: Proposal(diagnosis="The key is misspelt. ...", path="shop.py", text="...")
    """

    diagnosis: str
    path: str | None = None
    """The file that it changes; None if it has no usable code."""
    text: str | None = None
    """What that file would be."""
    refused: str | None = None


def proposal(answer: str, sources: Sources) -> Proposal:
    """Return what an answer proposes for one of the sources."""
    diagnosis = _diagnosis(answer)
    if not _FENCED.search(answer):
        return Proposal(diagnosis=diagnosis, refused="it has no code block")
    try:
        names = _all_names(sources)
        code = code_of(answer, names)
        path = _place(code, sources)
        if path is None:
            raise RefusedError("its code belongs to no file that is shown")
        current = sources.texts[path]
        need_whole(code, names, current)
        text = with_newlines_of(current, patched(current, code))
        if text == current:
            raise RefusedError("it changes nothing")
        compile(text, path, "exec", dont_inherit=True)
    except RefusedError as error:
        return Proposal(diagnosis=diagnosis, refused=str(error))
    except UNREADABLE as error:
        return Proposal(diagnosis=diagnosis, refused=f"its code is no Python: {error}")
    return Proposal(diagnosis=diagnosis, path=path, text=text)


def _diagnosis(answer: str) -> str:
    """Return the first two sentences before the code, or behind it."""
    parts = re.split(r"^[ \t]*(?:`{3,}|~{3,}).*$", answer, flags=re.MULTILINE)
    prose = next((part for part in (parts[0], parts[-1]) if part.strip()), "")
    prose = " ".join(re.sub(r"^#+ .*$|\*\*", "", prose, flags=re.MULTILINE).split())
    sentences = re.split(r"(?<=[.!?])\s+(?=[A-Z`\"'(])", prose)
    return " ".join(sentences[:2])[:400].strip()


def _all_names(sources: Sources) -> list[str]:
    """Return the names that a code block may define; [] where a program defines none."""
    each = [_names(text) for text in sources.texts.values()]
    return [] if not all(each) else [name for names in each for name in names]


def _names(text: str) -> list[str]:
    """Return the names of a file's definitions, also of methods."""
    program = parsed(text)
    if program is None:
        return re.findall(r"^\s*(?:def|class)\s+(\w+)", text, re.MULTILINE)
    found: list[str] = []
    for node in program.body:
        if isinstance(node, DEFINITIONS):
            found.append(node.name)
        if isinstance(node, ast.ClassDef):
            found += [inner.name for inner in node.body if isinstance(inner, DEFINITIONS)]
        if isinstance(node, ast.Assign):
            found += [target.id for target in node.targets if isinstance(target, ast.Name)]
    return found


def _place(code: str, sources: Sources) -> str | None:
    """Return the file with the most of the code's names, the first of several."""
    if len(sources.texts) == 1:
        return next(iter(sources.texts))
    defined = set(_names(code))
    shared = {path: len(defined & set(_names(text))) for path, text in sources.texts.items()}
    best = max(shared, key=lambda path: shared[path], default=None)
    return best if best is not None and shared[best] else None


# ---------------------------------------------------------------- a whole file, or a part of it


def patched(current: str, code: str) -> str:
    """Return a file with the code of an answer: instead of it, or put into it.

    Code is the whole file if it has all of the file's names and statements. Else its functions,
    classes and methods take the place of those that have their names.

    Raises:
        RefusedError: it is neither.
    """
    old, new = parsed(current), parsed(code)
    if new is None:
        return code
    if old is None:
        if lost := sorted(set(_names(current)) - set(_names(code))):
            raise RefusedError(f"it leaves out {', '.join(lost)}")
        return code
    if _has_all(old, new):
        return code
    text = current
    for node in new.body:  # one by one: two of them may be methods of one class
        text = spliced(text, _in_class(node, parsed(text) or old, text, code))
    return text


def _has_all(old: ast.Module, new: ast.Module) -> bool:
    missing = set(defined(old)) - set(defined(new))
    return not missing and num_statements(new) >= num_statements(old)


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
