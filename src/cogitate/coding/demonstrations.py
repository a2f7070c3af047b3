"""What stands behind a module's definitions and only shows what they do.

Models end files by calls that print, which would run at each import.
"""

import ast
import symtable
from collections.abc import Collection, Iterator, Sequence

from cogitate.coding.splicing import DEFINITIONS, names_of
from cogitate.coding.syntax import last_line, parsed, scopes, source_lines

MAIN = "__main__"
"""Among the names that are needed: the module is run as a program too."""
_READS = frozenset({"sys", "input", "argparse"})
"""What a program uses that is given something by its user."""


def without_demonstration(code: str, names: Sequence[str]) -> str:
    """Return a module's code without what stands behind its definitions and only shows them.

    What defines one of the names, or what functions use, stays, and so does what starts a program,
    and a file that has nothing else.
    """
    tree = parsed(code)
    body = tree.body if tree else []
    last = max((i for i, node in enumerate(body) if isinstance(node, DEFINITIONS)), default=-1)
    shown = body[last + 1 :]
    bound = {name for node in shown for name in names_of(node)}
    if (
        last < 0
        or not any(map(_demonstrates, shown))
        or any(_starts(node, body, names) for node in shown)
        or bound & {*names, *_used_in_functions(code)}
    ):
        return code
    lines = source_lines(code)[: last_line(body[last])]
    return "".join(lines).rstrip() + "\n"


def _used_in_functions(code: str) -> Iterator[str]:
    """Yield the names of a module that its functions use."""
    for scope in scopes(code):
        if isinstance(scope, symtable.Function):
            yield from scope.get_globals()


def num_without_demonstration(
    body: Sequence[ast.stmt], added: Sequence[bool], names: Collection[str]
) -> int:
    """Return how many statements are left without added ones at the end that only show others.

    These print, check, or call what is made for it; what nothing else uses may be made for it.

    Args:
        body: of a module.
        added: which of its statements are new.
        names: what the module has to define.
    """
    num = len(body)
    new = [node for node, is_added in zip(body, added, strict=True) if is_added]
    made = {name for node in new for name in names_of(node)}
    while num > 1 and added[num - 1] and _shows(body[num - 1], body[num:], made):
        bound = set(names_of(body[num - 1]))
        if bound & {*names, *_used(body[: num - 1])} or _starts(body[num - 1], body, names):
            break
        num -= 1
    return num


def _shows(node: ast.stmt, shown: Sequence[ast.stmt], made: Collection[str]) -> bool:
    """Return whether a statement only shows others, or makes what those behind it use.

    Args:
        node: the statement.
        shown: those behind it.
        made: names that are new in the module; to call what has one shows it.
    """
    match node:
        case ast.Assert():
            return True
        case ast.Expr(value=ast.Call(func=called)):
            return next(_used([called]), "") in {"print", "main", "unittest", *made}
        case ast.If(test=ast.Compare(left=ast.Name(id="__name__")), orelse=[]):
            return True
        case ast.Assign() | ast.AnnAssign() | ast.FunctionDef(decorator_list=[]):
            names = set(names_of(node))
            return bool(names) and names <= set(_used(shown))
        case _:
            return False


def _starts(node: ast.stmt, body: Sequence[ast.stmt], names: Collection[str]) -> bool:
    """Return whether a statement starts a program that is needed, or that reads what it is given.

    It never runs at import.
    """
    match node:
        case ast.If(test=ast.Compare(left=ast.Name(id="__name__"))):
            return MAIN in names or not _READS.isdisjoint(_reached(node.body, body))
        case _:
            return False


def _reached(nodes: Sequence[ast.AST], body: Sequence[ast.stmt]) -> list[str]:
    """Return the names that statements use, and those that a module's definitions among them do."""
    defined = {node.name: node for node in body if isinstance(node, DEFINITIONS)}
    found = list(dict.fromkeys(_used(nodes)))
    for name in found:  # which grows
        if name in defined:
            found += set(_used([defined[name]])).difference(found)
    return found


def _used(nodes: Sequence[ast.AST]) -> Iterator[str]:
    """Yield the names that statements use."""
    for node in nodes:
        yield from (n.id for n in ast.walk(node) if isinstance(n, ast.Name))


def _demonstrates(node: ast.stmt) -> bool:
    """Return whether a statement prints, checks, or calls something and drops the result."""
    found = list(ast.walk(node))
    called = (ast.unparse(inner.func) for inner in found if isinstance(inner, ast.Call))
    checks = any(isinstance(inner, ast.Assert) for inner in found)
    return checks or any(name in ("print", "unittest.main", "main") for name in called)
