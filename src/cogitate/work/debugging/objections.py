"""What speaks against a change without running it: that it hides the failure instead of mending it.

objection(old, new, failure, "shop.py")  ->  "it swallows the exception", or None
"""

import ast
import itertools
from collections.abc import Callable, Iterable, Iterator

from cogitate.work.debugging.failures import Failure, Frame
from cogitate.work.debugging.patches import DEFINITIONS, defined, is_docstring, num_statements
from cogitate.work.debugging.trees import parsed

_EXITS = frozenset(
    {
        "exit",
        "quit",
        "sys.exit",
        "_exit",
        "os._exit",
        "os.abort",
        "os.kill",
        "os.execv",
        "os.execvp",
    }
)
_HIDES = frozenset({"suppress", "contextlib.suppress", "sys.excepthook", "threading.excepthook"})
_BROAD = frozenset({"Exception", "BaseException"})
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
            isinstance(n, ast.Pass | ast.Continue) or is_docstring(n) for n in node.body
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
    """Say whether what failed is no longer done, by the frame's function or one that called it."""
    following = {id(one): after for one, after in itertools.pairwise(failure.frames)}
    for number, frame in enumerate(frames, 1):
        failed = statement(before, frame.line)
        if failed is None:
            continue
        is_last = frame == failure.frames[-1]
        if isinstance(failed, ast.Raise | ast.Assert) and is_last:
            if _num(after, type(failed)) < _num(before, type(failed)):
                return f"it removes the {type(failed).__name__.lower()} that failed"
            continue
        called = set(_calls([failed]))
        if is_last and failure.kind in _MISNAMED:
            continue
        if not is_last and (callee := following[id(frame)].function) in called:
            called = {callee}
        left = set(_calls(_scopes(before, after, {one.function for one in frames[:number]})))
        if called and not called & left:
            return f"it no longer calls {', '.join(sorted(called))}"
    at_top = any(frame.function == "<module>" for frame in frames)
    if at_top and num_statements(after) < num_statements(before):
        return "it removes statements of the program"
    return None


def _scopes(before: ast.Module, after: ast.Module, names: set[str]) -> list[ast.AST]:
    """Return the functions of these names and new ones, and the module's own statements if asked.

    All of the module where a name is that of no function, as <genexpr> is.
    """
    functions = [node for node in ast.walk(after) if isinstance(node, DEFINITIONS[:2])]
    old = {node.name for node in ast.walk(before) if isinstance(node, DEFINITIONS[:2])}
    if not names <= old | {"<module>"}:
        return [after]
    found: list[ast.AST] = [f for f in functions if f.name in names or f.name not in old]
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


def _num(tree: ast.AST, kind: type[ast.AST]) -> int:
    return sum(isinstance(node, kind) for node in ast.walk(tree))
