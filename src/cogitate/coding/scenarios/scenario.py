"""From the tests of a file to functions that run beside a candidate, each with its checks."""

import ast
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from textwrap import indent
from typing import Any

from cogitate.coding.scenarios.assertions import (
    Assertion,
    Bindings,
    NotKnown,
    is_mutable,
    known,
    seen_in,
    seen_in_method,
    spelled,
)
from cogitate.coding.scenarios.checks import RAISES, Check
from cogitate.coding.scenarios.files import Test, TestFile, is_of_tests, read_file
from cogitate.coding.scenarios.nodes import (
    asserts,
    assigned,
    is_of_self,
    loaded,
    matched,
    named_literal,
    stored,
    values_in,
)
from cogitate.coding.syntax import tree_of
from cogitate.errors import UsageError
from cogitate.sandbox import Call, Outcome, Raised

_FUNCTION = """\
def {name}(builtins):
    import sys
    sys.modules[{module!r}] = sys.modules[__name__]
    names = {{"__name__": "tests", "__builtins__": builtins}}
    builtins["exec"]({source!r}, names)
    return names["_run"]()
"""
"""A module of its own, so that a candidate's `sorted` is not the test's, nor a `ValueError` that it
has put into Python's own module of built-in names."""
_HEAD = """\
from types import SimpleNamespace as _Object
_seen = []
_see = lambda *values: _seen.append([_plain(value) for value in values])
_SIMPLE = {str: str.__str__, int: int.__int__, float: float.__float__}
def _plain(value):
    if isinstance(value, dict):
        return {_plain(key): _plain(part) for key, part in dict.items(value)}
    for kind in (list, tuple, set, frozenset):
        if isinstance(value, kind):
            return kind(map(_plain, kind.__iter__(value)))
    if type(value) is bool:
        return value
    return next((to(value) for kind, to in _SIMPLE.items() if isinstance(value, kind)), value)
"""
"""What is seen is copied at once; of subclasses, as of Counter, it is the built-in value."""
_RAISING = """\
try:
    pass
except {kinds} as _error:
    _see(True, type(_error).__name__, str(_error))
    {info} = _Object(value=_error, exception=_error, type=type(_error))
except BaseException as _error:
    _see(False, type(_error).__name__, str(_error))
else:
    _see()
"""
_MOST_SHOWN = 300
_MOST_PARTS = 2000
"""Statements of a test, once its loops are written out."""
_SEE = "_see"
_SMALL = (None, True, False, 0, 1, -1, 2, "", (), [], {}, set())
"""Values that a program guesses anyway."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One test, or a part of it: what runs beside the candidate, and what is expected.

    Example: Scenario(test="test_get", call=Call(function="_scenario_0_0"), source="def ...",
    checks=(Check(...),), first=0)
    """

    test: str
    call: Call
    source: str
    checks: tuple[Check, ...]
    """Of all that is seen."""
    first: int
    """Of these checks the first that counts; another part has those before it."""

    def fault(self, outcome: Outcome) -> str | None:
        """Return what is wrong with an outcome; None if the test passes."""
        if isinstance(outcome, Raised):
            return f"{self.test}: {outcome.kind}: {outcome.message}"[:_MOST_SHOWN]
        seen = outcome.value
        if not isinstance(seen, list) or len(seen) != len(self.checks):
            return f"{self.test}: it did not run to its end"
        for check, values in list(zip(self.checks, seen, strict=True))[self.first :]:
            if not check.holds(values):
                return f"{self.test}: {check.fault(values)}"[:_MOST_SHOWN]
        return None


def read_scenarios(text: str, module: str, name: str) -> tuple[Scenario, ...]:
    """Return the tests of a file as scenarios, each of which runs in a process of its own.

    A value that is expected first and given to the candidate afterwards, in the same test, makes
    it two: so what a process holds is never what it is asked for later.

    Args:
        text: the file's text.
        module: the module that is tested.
        name: the file's name, for messages.

    Raises:
        UsageError: the file has no tests, or some that cannot be read so.
    """
    scenarios, unread = read_tests(text, module, name)
    for error in unread.values():
        raise error
    return scenarios


def read_tests(
    text: str, module: str, name: str, most: int | None = None
) -> tuple[tuple[Scenario, ...], dict[str, UsageError]]:
    """Return what `read_scenarios` would, of the tests that can be read, and why others cannot.

    Args:
        text: the file's text.
        module: the module that is tested.
        name: the file's name, for messages.
        most: the maximum number of tests; None is no limit.

    Raises:
        UsageError: the file has no tests, too many, or something between them that is not read.
    """
    file = read_file(text, name, most)
    found: list[Scenario] = []
    unread = dict(file.unread)
    for number, test in enumerate(file.tests):
        try:
            found += list(_scenarios(file, module, number, test))
        except UsageError as error:
            unread[test.name] = error
        except ValueError as error:  # of ast.unparse, as for a backslash in an f-string
            unread[test.name] = UsageError(f"{name}:{test.line}: {error}")
    return tuple(found), unread


def program_with(candidate: str, scenario: Scenario) -> str:
    """Return a candidate with a scenario behind it, so that its lines keep their numbers."""
    return f"{candidate.rstrip()}\n\n\n{scenario.source}\n"


def _scenarios(file: TestFile, module: str, number: int, test: Test) -> Iterator[Scenario]:
    body = _Body(file, file.constants | dict(test.bindings))
    for node in test.body:
        body.take(node)
    ends = [*body.leaks(), len(body.parts)]
    first = 0
    for part, end in enumerate(ends):
        parts = body.parts[:end]
        checks = tuple(one.check for one in parts if one.check is not None)
        name = re.sub(r"\W", "_", f"_scenario_{number}_{part}_{file.name}")
        yield Scenario(
            test=test.name,
            call=Call(function=name, takes_builtins=True),
            source=_source(file, module, name, test, [one.node for one in parts]),
            checks=checks,
            first=first,
        )
        first = len(checks)


def _source(
    file: TestFile, module: str, name: str, test: Test, statements: Sequence[ast.stmt]
) -> str:
    """Return a function that holds only those values of its test that its statements use."""
    used = loaded(statements)
    bound = [assigned(key, value) for key, value in test.bindings.items() if key in used]
    kept = [node for node in statements if not _is_unused(node, used)]
    needed = _needed(file, loaded([*bound, *kept]) - set(test.bindings))
    if bad := {"pytest", "unittest"} & loaded([*needed, *bound, *kept]):
        raise file.refuse(kept[0], f"{test.name} uses {', '.join(bad)} in a way that is not read")
    run = "def _run():\n" + indent("\n".join([*_text([*bound, *kept]), "return _seen"]), "    ")
    source = "\n".join([_HEAD.rstrip(), *_text([*file.imports, *needed]), run])
    return _FUNCTION.format(name=name, module=module, source=source)


def _text(nodes: Sequence[ast.stmt]) -> list[str]:
    return [ast.unparse(ast.fix_missing_locations(node)) for node in nodes]


def _is_unused(node: ast.stmt, used: set[str]) -> bool:
    """Return whether a statement only gives a literal a name that nothing beside it uses."""
    named = named_literal(node)
    return bool(named) and not named.keys() & used


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """A statement that runs beside the candidate, perhaps with the check of what it sees."""

    node: ast.stmt
    check: Check | None
    held: tuple[Any, ...]
    """The values that it is written with."""


class _Body:
    """Statements of a test, with their assertions taken apart."""

    def __init__(self, file: TestFile, bindings: Bindings) -> None:
        self._file, self._bindings = file, dict(bindings)
        self.parts: list[_Part] = []

    def take(self, node: ast.stmt) -> None:
        """Add what runs beside the candidate for one statement."""
        match node:
            case ast.Assert(test=test):
                self._see(node, lambda: seen_in(test, self._bindings))
            case ast.Expr(value=ast.Call() as call) if is_of_self(call):
                self._method(call)
            case ast.With(items=[ast.withitem(context_expr=ast.Call() as call) as item], body=body):
                self._with(node, call, item, body)
            case ast.For() if asserts(node):
                self._loop(node)
            case ast.Import() | ast.ImportFrom() if is_of_tests(node):
                pass
            case _ if asserts(node):
                raise self._file.refuse(
                    node, "an assertion inside of this statement cannot be read; write it out"
                )
            case _:
                self._add(node)

    def _add(self, node: ast.stmt, check: Check | None = None) -> None:
        """Add a statement; forget the values that it may change, and learn one that it names."""
        if len(self.parts) == _MOST_PARTS:
            raise self._file.refuse(node, f"a test has at most {_MOST_PARTS} statements")
        held = () if named_literal(node) else tuple(values_in(node, self._bindings))
        self.parts.append(_Part(node=node, check=check, held=held))
        for name in loaded([node]):
            if is_mutable(self._bindings.get(name)):
                del self._bindings[name]
        for name in stored(node):
            self._bindings.pop(name, None)
        self._bindings |= named_literal(node)

    def _see(self, node: ast.AST, take: Callable[[], list[Assertion]]) -> None:
        try:
            assertions = take()
        except NotKnown as error:
            raise self._file.refuse(
                node, f"{ast.unparse(node)[:60]} is no assertion that is read; write it out"
            ) from error
        for seen, check in assertions:
            call = ast.Call(ast.Name(_SEE, ast.Load()), seen, [])
            self._add(ast.Expr(call), check)

    def _method(self, call: ast.Call) -> None:
        name = ast.unparse(call.func)
        if name in ("self.assertRaises", "self.assertRaisesRegex"):
            num = 2 if name.endswith("Regex") else 1
            if len(call.args) <= num:
                raise self._file.refuse(call, f"{name} without `with` needs a function")
            function, *arguments = call.args[num:]
            body = ast.Expr(ast.Call(function, arguments, call.keywords))
            self._raising(call, call.args[0], call.args[1] if num == 2 else None, [body], None)
        else:
            self._see(call, lambda: seen_in_method(call, self._bindings))

    def _with(
        self, node: ast.With, call: ast.Call, item: ast.withitem, body: Sequence[ast.stmt]
    ) -> None:
        name = ast.unparse(call.func)
        words = {word.arg: word.value for word in call.keywords}
        if name == "self.subTest":
            for part in body:
                self.take(part)
        elif name in ("pytest.raises", "raises", "self.assertRaises") and call.args:
            self._raising(node, call.args[0], words.get("match"), body, item.optional_vars)
        elif name == "self.assertRaisesRegex" and len(call.args) == 2:
            self._raising(node, call.args[0], call.args[1], body, item.optional_vars)
        elif asserts(node):
            raise self._file.refuse(node, f"assertions inside of `with {name}` are not read")
        else:
            self._add(node)

    def _raising(
        self,
        node: ast.AST,
        kinds: ast.expr,
        pattern: ast.expr | None,
        body: Sequence[ast.stmt],
        info: ast.expr | None,
    ) -> None:
        if any(map(asserts, body)):
            raise self._file.refuse(node, "assertions where an exception is expected are not read")
        try:
            expected = None if pattern is None else str(known(pattern, self._bindings))
        except NotKnown as error:
            raise self._file.refuse(node, "the pattern of a message has to be a text") from error
        asked = "; ".join(spelled(part, self._bindings) for part in body)
        source = f"{asked} has to raise {spelled(kinds, self._bindings)}"
        name = "_info" if info is None else ast.unparse(info)
        text = _RAISING.format(info=name, kinds=ast.unparse(kinds))
        (statement,) = tree_of(text).body
        assert isinstance(statement, ast.Try)
        statement.body = list(body)
        self._add(statement, Check(source=source, operators=(RAISES,), operands=(expected,)))

    def _loop(self, node: ast.For) -> None:
        """Write out a loop over literals."""
        rows = node.iter
        if isinstance(rows, ast.Name):
            rows = self._bindings.get(rows.id, rows)
        if not isinstance(rows, ast.List | ast.Tuple) or node.orelse:
            raise self._file.refuse(node, "a loop with assertions has to be over a written list")
        for row in rows.elts:
            bound = matched(node.target, row)
            if bound is None:
                raise self._file.refuse(node, "the values of this loop have to be written out")
            for name, value in bound.items():
                self._add(assigned(name, value))
                self._bindings[name] = value
            for inner in node.body:
                self.take(inner)

    def leaks(self) -> Iterator[int]:
        """Yield where to cut: behind a check whose value a later statement holds, and none before.

        A value that the candidate has been given already, as in decode(encode(x)) == x, is no leak.
        """
        for index, part in enumerate(self.parts):
            kept = [] if part.check is None else [v for v in part.check.kept if v not in _SMALL]
            before = [value for one in self.parts[: index + 1] for value in one.held]
            after = [value for one in self.parts[index + 1 :] for value in one.held]
            if any(value in after and value not in before for value in kept):
                yield index + 1


def _needed(file: TestFile, names: set[str]) -> list[ast.stmt]:
    """Return the definitions of the file that some names need, in the order of the file."""
    found: set[str] = set()
    new = names & set(file.definitions)
    while new:
        found |= new
        new = (loaded([file.definitions[name] for name in new]) & set(file.definitions)) - found
    nodes = [node for name, node in file.definitions.items() if name in found]
    for node in nodes:
        if asserts(node):
            raise file.refuse(node, "assertions in helpers are not read; write them in the test")
    return nodes
