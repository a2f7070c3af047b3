"""What speaks against a change without running it: that it hides the failure instead of mending it.

objection(old, new, failure, "shop.py")  ->  "it swallows the exception", or None
"""

import ast
import builtins
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cogitate.coding.splicing import DEFINITIONS, defined, num_statements
from cogitate.coding.syntax import is_docstring, parsed
from cogitate.work.debugging.failures import Failure, Frame
from cogitate.work.debugging.live import live, truth
from cogitate.work.debugging.own_tests import changes_tests

_EXITS = frozenset(
    {"exit", "quit", "_exit", "SystemExit", "sys.exit", "os._exit", "os.abort", "os.kill",
     "os.killpg", "os.execl", "os.execv", "os.execve", "os.execvp", "signal.raise_signal"}
)  # fmt: skip
_SKIPS = frozenset(
    {"SkipTest", "pytest.skip", "pytest.xfail", "pytest.exit", "pytest.importorskip",
     "unittest.SkipTest", "unittest.skip"}
)  # fmt: skip
_HIDES = frozenset({"suppress", "contextlib.suppress", "sys.excepthook", "threading.excepthook"})
_BY_NAME = frozenset({"getattr", "setattr"})
_IMPORTS = frozenset({"__import__", "import_module"})
_BROAD = frozenset({"Exception", "BaseException"})
_SAYS = frozenset(
    {"print", "write", "log", "debug", "info", "warning", "warn", "error", "exception", "critical",
     "print_exc", "print_exception"}
)  # fmt: skip
"""What only tells of an error."""
_OF_AN_END = frozenset({"StopIteration", "StopAsyncIteration", "EOFError"})
"""Errors after which it is right to return."""
_MISNAMED = frozenset(
    {"NameError", "UnboundLocalError", "AttributeError", "ImportError", "ModuleNotFoundError",
     "SyntaxError", "IndentationError", "TabError"}
)  # fmt: skip
"""Errors whose correction may well be another call."""


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
    if lost := sorted(set(defined(before)) - set(defined(after))):
        return f"it removes {', '.join(lost)}"
    if changes_tests(before, after, are_run=bool(failure.tests)):
        return "it changes a test"
    kinds = _caught_by(failure.kind.rpartition(".")[2])
    says = frozenset[str]() if failure.tests else _SAYS
    alive, still = live(before), live(after)
    for why, count in (
        ("it swallows the exception", lambda tree: _num_swallowing(tree, kinds, says)),
        ("it ends the program early", lambda tree: _num_uses(tree, _EXITS)),
        ("it skips a test", lambda tree: _num_uses(tree, _SKIPS)),
        ("it hides the exception", lambda tree: _num_uses(tree, _HIDES)),
    ):
        if count(still) > count(alive):
            return why
    if _num_lost(_raises(alive), _raises(still)):
        return "it removes a raise"
    frames = [frame for frame in failure.frames if frame.path == path]
    return _removed(before, still, frames, failure)


def _caught_by(kind: str) -> frozenset[str]:
    """Return the names by which an exception can be caught, but for the broadest.

    Example: _caught_by("KeyError") -> {"KeyError", "LookupError"}
    """
    found = getattr(builtins, kind, None)
    above = found.__mro__ if isinstance(found, type) else ()
    return frozenset({kind, *(one.__name__ for one in above)}) - _BROAD - {"object"}


def _num_swallowing(tree: ast.Module, kinds: frozenset[str], says: frozenset[str]) -> int:
    """Count what catches everything without raising, or one error without doing anything.

    Args:
        tree: a program.
        kinds: by which the error is caught.
        says: functions that do nothing, as those that only print where no test wants it.
    """
    found = 0
    for node in ast.walk(tree):
        match node:
            case ast.ExceptHandler():
                found += _swallows(node, kinds, says)
            case ast.Try(finalbody=block):
                found += any(isinstance(n, ast.Return | ast.Break | ast.Continue) for n in block)
            case ast.FunctionDef(name="__exit__") | ast.AsyncFunctionDef(name="__aexit__"):
                found += any(isinstance(n, ast.Return) and _is_given(n) for n in ast.walk(node))
            case _:
                continue
    return found


def _swallows(handler: ast.ExceptHandler, kinds: frozenset[str], says: frozenset[str]) -> bool:
    if any(isinstance(inner, ast.Raise) for inner in ast.walk(handler)):
        return False
    caught = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    names = {ast.unparse(one).rpartition(".")[2] if one else "Exception" for one in caught}
    returns = not kinds & _OF_AN_END
    does_nothing = all(_does_nothing(node, says, returns=returns) for node in handler.body)
    return bool(names & _BROAD) or (does_nothing and bool(names & kinds))


def _does_nothing(node: ast.stmt, says: frozenset[str], *, returns: bool) -> bool:
    """Return whether a statement goes on as if there was no error; a bare return may."""
    match node:
        case ast.Return(value=None):
            return returns
        case ast.Expr(value=ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name))):
            return name in says
        case _:
            return isinstance(node, ast.Pass | ast.Continue) or is_docstring(node)


def _is_given(node: ast.Return) -> bool:
    """Return whether a return has a value that is neither None nor False."""
    match node.value:
        case None | ast.Constant(value=None | False):  # a pattern: False is not 0
            return False
        case _:
            return True


def _num_uses(tree: ast.Module, names: frozenset[str]) -> int:
    """Count how often functions or classes are named, also by another name or as a text."""
    last = {name.rpartition(".")[2] for name in names}
    full = {name for name in names if "." in name}
    modules = {
        alias.asname or alias.name: alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    }
    found = 0
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name):
                found += name in names
            case ast.Attribute(value=ast.Name(id=base), attr=name):
                found += f"{modules.get(base, base)}.{name}" in full
            case ast.Attribute(value=ast.Call(func=called), attr=name):
                found += name in last and ast.unparse(called).rpartition(".")[2] in _IMPORTS
            case ast.ImportFrom(module=module, names=aliases):
                found += sum(f"{module}.{one.name}" in full for one in aliases)
            case ast.Call(func=ast.Name(id=name), args=[_, ast.Constant(value=str(text)), *_]):
                found += name in _BY_NAME and text in last
            case _:
                continue
    return found


def _removed(
    before: ast.Module, after: ast.Module, frames: list[Frame], failure: Failure
) -> str | None:
    """Say whether what failed is no longer done, by the frame's function or one that called it.

    Of what is `after`, only what can run is given.
    """
    following = {id(one): after for one, after in itertools.pairwise(failure.frames)}
    for number, frame in enumerate(frames, 1):
        failed = statement(before, frame.line)
        if failed is None:
            continue
        is_last = frame == failure.frames[-1]
        if isinstance(failed, ast.Raise | ast.Assert) and is_last:
            if _num_checks(after, type(failed)) < _num_checks(live(before), type(failed)):
                return f"it removes the {type(failed).__name__.lower()} that failed"
            continue
        called = set(_calls([failed]))
        if is_last and failure.kind in _MISNAMED:
            continue
        if failure.tests and not _is_for_effect(before, failed):
            continue  # tests see what is done with its value
        if not is_last and (callee := following[id(frame)].function) in called:
            called = {callee}
        functions = {one.function for one in frames[:number]}
        had, left = (_doing(_scopes(before, tree, functions)) for tree in (live(before), after))
        if called and not called & set(left) and len(left) < len(had):
            return f"it no longer calls {', '.join(sorted(called))}, nor anything instead"
    at_top = any(frame.function == "<module>" for frame in frames)
    if at_top and num_statements(after) < num_statements(live(before)):
        return "it removes statements of the program"
    return None


def _is_for_effect(tree: ast.Module, failed: ast.stmt) -> bool:
    """Return whether a statement of a program is a call whose value nothing uses."""
    is_call = isinstance(failed, ast.Expr) and isinstance(failed.value, ast.Call)
    return is_call and any(node is failed for node in ast.walk(tree))


def _scopes(before: ast.Module, after: ast.Module, names: set[str]) -> list[ast.AST]:
    """Return the functions of these names and new ones, and the module's own statements if asked.

    All of the module where a name is that of no function, as <genexpr> is.
    """
    functions = [node for node in ast.walk(after) if isinstance(node, DEFINITIONS[:2])]
    old = {node.name for node in ast.walk(before) if isinstance(node, DEFINITIONS[:2])}
    if not names <= old | {"<module>"}:
        return [after]
    used = _named(after)
    new = {f.name for f in functions if f.name not in old and f.name in used}
    found: list[ast.AST] = [f for f in functions if f.name in names | new]
    if "<module>" in names:
        found += [node for node in after.body if not isinstance(node, DEFINITIONS)]
    return found


def statement(tree: ast.Module, line: int) -> ast.stmt | None:
    """Return the innermost simple statement at a line, or the head of a compound one."""
    found = None
    for node in ast.walk(tree):
        if not isinstance(node, ast.stmt) or isinstance(node, DEFINITIONS):
            continue
        if node.lineno <= line <= (node.end_lineno or node.lineno):
            found = node  # walk goes from outside to inside
    if found is not None and hasattr(found, "body"):
        head = getattr(found, "test", None) or getattr(found, "iter", None)
        return ast.Expr(head) if head is not None else None
    return found


def _calls(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """Yield the last name of all that is called."""
    for inner in itertools.chain.from_iterable(map(ast.walk, nodes)):
        if isinstance(inner, ast.Call):
            yield ast.unparse(inner.func).rpartition(".")[2]


def _doing(nodes: Iterable[ast.AST]) -> list[str]:
    """Return what is called, but for what only tells of an error."""
    return [name for name in _calls(nodes) if name not in _SAYS]


def _named(tree: ast.AST) -> set[str]:
    """Return the names of all that is used."""
    loads = (node for node in ast.walk(tree) if isinstance(node, ast.Name | ast.Attribute))
    return {node.id if isinstance(node, ast.Name) else node.attr for node in loads}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Raised:
    """A statement that raises.

    Example: _Raised(what="ValueError('no coins')", words="'no coins'", condition="if cents")
    """

    what: str
    """The exception; empty where it is the one that is handled."""
    words: str
    """What the exception is given."""
    condition: str
    """Of the innermost `if`, `else` or `except` around it; empty without one."""


def _raises(tree: ast.AST, condition: str = "") -> Iterator[_Raised]:
    """Yield what a program raises."""
    match tree:
        case ast.Raise(exc=raised):
            given = raised.args if isinstance(raised, ast.Call) else []
            words = ", ".join(map(ast.unparse, given))
            what = ast.unparse(raised) if raised else ""
            yield _Raised(what=what, words=words, condition=condition)
        case ast.If(test=test, body=body, orelse=orelse):
            for name, block in (("if", body), ("else", orelse)):
                for node in block:
                    yield from _raises(node, f"{name} {ast.unparse(test)}")
        case _:
            if isinstance(tree, ast.ExceptHandler):
                condition = f"except {ast.unparse(tree.type) if tree.type else ''}"
            for node in ast.iter_child_nodes(tree):
                yield from _raises(node, condition)


def _num_lost(before: Iterable[_Raised], after: Iterable[_Raised]) -> int:
    """Count what is no longer raised, neither on the same condition nor with the same words.

    Which error it is may be corrected, or when, but not both at once. Each that is raised after
    stands for one of before.
    """
    lost, left = list(before), list(after)
    for key in (
        lambda one: (one.what, one.condition),
        lambda one: one.condition,
        lambda one: one.words or one.what or "raise",
    ):
        for one in [one for one in lost if key(one)]:
            if same := next((other for other in left if key(other) == key(one)), None):
                lost.remove(one)
                left.remove(same)
    return len(lost)


def _num_checks(tree: ast.AST, kind: type[ast.AST]) -> int:
    """Count statements of a kind, but assertions of what is true by itself."""
    found = [node for node in ast.walk(tree) if isinstance(node, kind)]
    return sum(not (isinstance(node, ast.Assert) and truth(node.test)) for node in found)
