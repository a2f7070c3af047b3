"""The tests that a program has in its own file, with all that decides what they want.

changes_tests(before, after, are_run=True)  ->  True: the patch has another test
"""

import ast
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import TypeGuard

from cogitate.coding.splicing import names_of

_TESTING = re.compile(r"\b(pytest|unittest)\b")
_EXAMPLE = re.compile(r"^ *>>> .*(?:\n.*\S.*)*", re.MULTILINE)
"""Of a docstring, with what it is to print."""
_AROUND = frozenset(
    {"setup_module", "setup_function", "setUpModule",
     "teardown_module", "teardown_function", "tearDownModule"}
)  # fmt: skip
"""Functions that pytest and unittest call before tests and behind them."""
_Function = ast.FunctionDef | ast.AsyncFunctionDef
_Said = Mapping[str, list[str]]
"""By name, what definitions say."""


def changes_tests(before: ast.Module, after: ast.Module, *, are_run: bool) -> bool:
    """Return whether a change of a program concerns tests in it.

    These are test functions, classes of tests, fixtures, what only tests use to compare with or to
    check by, and examples in docstrings.

    Args:
        before: the program.
        after: what it would be.
        are_run: whether the command runs tests; else they are those of a program that imports
            pytest or unittest.
    """
    pairs = [(_examples(before), _examples(after))]
    if are_run or any(map(_TESTING.search, map(ast.unparse, _imports(before)))):
        tests = list(_tests(before))
        pairs.append((_said(tests), _said(_tests(after))))
        names = _used_alone(tests, before)
        pairs.append((_said(_made_for_tests(before, names)), _said(after.body)))
    return any(
        new.get(name, []) != said for old, new in pairs for name, said in old.items() if said
    )


def _said(nodes: Iterable[ast.stmt]) -> _Said:
    found: dict[str, list[str]] = {}
    for node in nodes:
        for name in names_of(node):
            found.setdefault(name, []).append(ast.dump(node))
    return found


def _imports(tree: ast.Module) -> Iterator[ast.stmt]:
    yield from (n for n in ast.walk(tree) if isinstance(n, ast.Import | ast.ImportFrom))


def _tests(tree: ast.Module) -> Iterator[ast.stmt]:
    """Yield test functions, fixtures and classes of tests, the outermost of each."""
    cases: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and _is_case(node, cases):
            cases.add(node.name)
    yield from _within(tree, cases)


def _within(node: ast.AST, cases: set[str]) -> Iterator[ast.stmt]:
    for child in ast.iter_child_nodes(node):
        if _is_test(child) or (isinstance(child, ast.ClassDef) and child.name in cases):
            yield child
        else:
            yield from _within(child, cases)


def _is_case(node: ast.ClassDef, cases: set[str]) -> bool:
    """Return whether a class derives from a test case, or from one of some, or is named as one."""
    bases = {ast.unparse(base).rpartition(".")[2] for base in node.bases}
    is_named = re.match("Test|.*Tests?$", node.name) is not None
    is_derived = bool(bases & cases) or any("TestCase" in base for base in bases)
    return is_derived or (is_named and any(map(_is_test, node.body)))


def _is_test(node: ast.AST) -> TypeGuard[_Function]:
    """Return whether a node is a test function or a fixture."""
    if not isinstance(node, _Function):
        return False
    is_fixture = any("fixture" in ast.unparse(one) for one in node.decorator_list)
    return node.name.startswith("test") or node.name in _AROUND or is_fixture


def _used_alone(tests: Iterable[ast.AST], tree: ast.Module) -> set[str]:
    """Return the names that tests use and nothing else in a program does."""
    there, everywhere = Counter(_used(tests)), Counter(_used([tree]))
    return {name for name, count in there.items() if count == everywhere[name]}


def _used(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for node in nodes:
        loads = (one for one in ast.walk(node) if isinstance(one, ast.Name))
        yield from (one.id for one in loads if isinstance(one.ctx, ast.Load))


def _made_for_tests(tree: ast.Module, names: set[str]) -> Iterator[ast.stmt]:
    """Yield values of these names, and functions that assert what others return."""
    functions = {node.name for node in tree.body if isinstance(node, _Function)}
    for node in tree.body:
        asserted = (inner for inner in ast.walk(node) if isinstance(inner, ast.Assert))
        is_check = isinstance(node, _Function) and bool(functions & set(_used(asserted)))
        if names & set(names_of(node)) and (is_check or not hasattr(node, "body")):
            yield node


def _examples(tree: ast.Module) -> _Said:
    """Return the examples in docstrings, by what these are about."""
    found: dict[str, list[str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | _Function):
            examples = _EXAMPLE.findall(ast.get_docstring(node) or "")
            found.setdefault(getattr(node, "name", ""), []).extend(examples)
    return found
