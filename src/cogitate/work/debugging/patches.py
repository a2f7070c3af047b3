"""From a model's answer to a changed file, and what speaks against the change without running it.

proposal(answer, sources)            ->  Proposal(diagnosis="...", path="shop.py", text="...")
objection(old, new, failure, path)   ->  "it swallows the exception", or None
"""

import ast
import re
import textwrap
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from cogitate.work.candidates import RefusedError, candidate, spliced
from cogitate.work.debugging.failures import Failure, Frame
from cogitate.work.debugging.sources import Sources
from cogitate.work.debugging.trees import parsed

_FENCED = re.compile(r"^[ \t]*(?:`{3,}|~{3,})", re.MULTILINE)
_EXITS = frozenset(
    {"exit", "quit", "sys.exit", "os._exit", "os.abort", "os.kill", "os.execv", "os.execvp"}
)
_HIDES = frozenset({"suppress", "contextlib.suppress", "sys.excepthook", "threading.excepthook"})
_BROAD = frozenset({"Exception", "BaseException"})
_MISNAMED = frozenset(
    {"NameError", "UnboundLocalError", "AttributeError", "ImportError", "ModuleNotFoundError",
     "SyntaxError", "IndentationError", "TabError"}
)  # fmt: skip
"""Errors whose correction may well be another call."""
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_QUIET = (*_DEFINITIONS, ast.Import, ast.ImportFrom, ast.Assign, ast.AnnAssign)


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
        code = candidate(answer, _all_names(sources))
        path = _place(code, sources)
        if path is None:
            raise RefusedError("its code belongs to no file that is shown")
        text = patched(sources.texts[path], code)
        if text == sources.texts[path]:
            raise RefusedError("it changes nothing")
        compile(text, path, "exec", dont_inherit=True)
    except RefusedError as error:
        return Proposal(diagnosis=diagnosis, refused=str(error))
    except (SyntaxError, ValueError, RecursionError) as error:
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
        if isinstance(node, _DEFINITIONS):
            found.append(node.name)
        if isinstance(node, ast.ClassDef):
            found += [inner.name for inner in node.body if isinstance(inner, _DEFINITIONS)]
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
    if old is None or new is None or _has_all(old, new):
        return code
    code = "".join(_in_class(node, old, current, code) for node in new.body)
    return spliced(current, code)


def _has_all(old: ast.Module, new: ast.Module) -> bool:
    missing = set(_defined(old)) - set(_defined(new))
    return not missing and _num_statements(new) >= _num_statements(old)


def _defined(program: ast.Module) -> Iterator[str]:
    for node in program.body:
        if isinstance(node, _DEFINITIONS):
            yield node.name
        if isinstance(node, ast.ClassDef):
            yield from (f"{node.name}.{n.name}" for n in node.body if isinstance(n, _DEFINITIONS))


def _num_statements(program: ast.Module) -> int:
    """Return how many statements do something when the module is run."""
    return sum(not isinstance(n, _QUIET) and not _is_docstring(n) for n in program.body)


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


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
    header = "".join(
        current.splitlines(keepends=True)[_first(target) - 1 : _first(target.body[0]) - 1]
    )
    merged = spliced(textwrap.dedent(members), body)
    return header + textwrap.indent(merged, indent) + "\n\n"


def _methods(node: ast.ClassDef) -> set[str]:
    return {inner.name for inner in node.body if isinstance(inner, _DEFINITIONS)}


def _source(node: ast.stmt, code: str, *, dedent: bool = False) -> str:
    text = "".join(_lines(code, node, node))
    text = textwrap.dedent(text) if dedent else text
    return text if text.endswith("\n") else f"{text}\n"


def _lines(code: str, first: ast.stmt, last: ast.stmt) -> list[str]:
    return code.splitlines(keepends=True)[_first(first) - 1 : last.end_lineno or last.lineno]


def _first(node: ast.stmt) -> int:
    return min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])


# ---------------------------------------------------------------- what hides an error


def objection(old: str, new: str, failure: Failure, path: str) -> str | None:
    """Return why a change is no correction, in a few words; None if nothing speaks against it.

    Args:
        old: the text of the file.
        new: what it would be.
        failure: what is to be corrected.
        path: the file.
    """
    before, after = parsed(old), parsed(new)
    if after is None:
        return "its code is no Python"
    if before is None:
        before = ast.Module(body=[], type_ignores=[])
    if lost := sorted(set(_defined(before)) - set(_defined(after))):
        return f"it removes {', '.join(lost)}"
    kind = failure.kind.rpartition(".")[2]
    for why, count in (
        ("it swallows the exception", lambda tree: _num_swallowing(tree, kind)),
        ("it ends the program early", lambda tree: _num_uses(tree, _EXITS, _exits)),
        ("it hides the exception", lambda tree: _num_uses(tree, _HIDES, _no_more)),
    ):
        if count(after) > count(before):
            return why
    frames = [frame for frame in failure.frames if frame.path == path]
    return _removed(before, after, frames, failure)


def _num_swallowing(tree: ast.Module, kind: str) -> int:
    """Count handlers that catch everything without raising, or one error without doing anything."""
    found = 0
    for node in ast.walk(tree):
        if not isinstance(node, ast.ExceptHandler):
            continue
        caught = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
        names = {ast.unparse(one).rpartition(".")[2] if one else "Exception" for one in caught}
        if any(isinstance(inner, ast.Raise) for inner in ast.walk(node)):
            continue
        does_nothing = all(
            isinstance(n, ast.Pass | ast.Continue) or _is_docstring(n) for n in node.body
        )
        found += bool(names & _BROAD) or (does_nothing and kind in names)
    return found


def _num_uses(tree: ast.Module, names: frozenset[str], more: Callable[[ast.AST], bool]) -> int:
    found = 0
    for node in ast.walk(tree):
        if isinstance(node, ast.Name | ast.Attribute) and ast.unparse(node) in names:
            found += 1
        found += more(node)
    return found


def _exits(node: ast.AST) -> bool:
    return isinstance(node, ast.Raise) and "SystemExit" in ast.unparse(node)


def _no_more(_node: ast.AST) -> bool:
    return False


def _removed(
    before: ast.Module, after: ast.Module, frames: list[Frame], failure: Failure
) -> str | None:
    """Say whether what failed is no longer done."""
    calls = Counter(_calls(after))
    for frame in frames:
        statement = _statement(before, frame.line)
        if statement is None:
            continue
        is_last = frame == failure.frames[-1]
        if isinstance(statement, ast.Raise | ast.Assert) and is_last:
            if _num(after, type(statement)) < _num(before, type(statement)):
                return f"it removes the {type(statement).__name__.lower()} that failed"
            continue
        called = set(_calls(statement))
        if is_last and failure.kind in _MISNAMED:
            continue
        if called and not any(calls[name] for name in called):
            return f"it no longer calls {', '.join(sorted(called))}"
    if any(frame.function == "<module>" for frame in frames):
        if _num_statements(after) < _num_statements(before):
            return "it removes statements of the program"
    return None


def _statement(tree: ast.Module, line: int) -> ast.stmt | None:
    """Return the innermost simple statement at a line, or the head of a compound one."""
    found = None
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt) and node.lineno <= line <= (node.end_lineno or node.lineno):
            if not isinstance(node, _DEFINITIONS):
                found = node  # walk goes from outside to inside
    if found is not None and hasattr(found, "body"):
        head = getattr(found, "test", None) or getattr(found, "iter", None)
        return ast.Expr(head) if head is not None else None
    return found


def _calls(node: ast.AST) -> Iterator[str]:
    """Yield the last name of all that is called."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.Call):
            yield ast.unparse(inner.func).rpartition(".")[2]


def _num(tree: ast.AST, kind: type[ast.AST]) -> int:
    return sum(isinstance(node, kind) for node in ast.walk(tree))
