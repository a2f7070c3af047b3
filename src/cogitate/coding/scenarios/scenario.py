"""From the tests of a file to functions that run beside a candidate, each with its checks."""

import ast
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from textwrap import indent

from cogitate.coding.scenarios.assertions import (
    Bindings,
    NotKnown,
    Seen,
    exceptions_of,
    known,
    seen_in,
    seen_in_method,
)
from cogitate.coding.scenarios.checks import Check
from cogitate.coding.scenarios.files import SELF, Test, TestFile, read_file
from cogitate.sandbox import Call, Outcome, Raised

_HEAD = """\
from copy import deepcopy as _copy
from types import SimpleNamespace as _Object
_seen = []
_see = lambda value: _seen.append(_copy(value))
"""
_RAISING = """\
try:
    pass
except Exception as _error:
    _see([[_kind.__name__ for _kind in type(_error).__mro__], str(_error)])
    {info} = _Object(value=_error, exception=_error)
else:
    _see(None)
"""
_MOST_SHOWN = 300
_SEE = "_see"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One test: what runs beside the candidate, and what is expected of the values.

    Example: Scenario(test="test_get", call=Call(function="_scenario_0"), source="def ...",
    checks=(Check(...),))
    """

    test: str
    call: Call
    source: str
    checks: tuple[Check, ...]

    def fault(self, outcome: Outcome) -> str | None:
        """Return what is wrong with an outcome; None if the test passes."""
        if isinstance(outcome, Raised):
            return f"{self.test}: {outcome.kind}: {outcome.message}"[:_MOST_SHOWN]
        values = outcome.value
        if not isinstance(values, list) or len(values) != len(self.checks):
            return f"{self.test}: it did not run to its end"
        for check, value in zip(self.checks, values, strict=True):
            if not check.holds(value):
                return f"{self.test}: {check.fault(value)}"[:_MOST_SHOWN]
        return None


def read_scenarios(text: str, module: str, name: str) -> tuple[Scenario, ...]:
    """Return the tests of a file as scenarios.

    Args:
        text: the file's text.
        module: the module that is tested.
        name: the file's name, for messages.

    Raises:
        UsageError: the file has no tests, or some that cannot be read so.
    """
    file = read_file(text, name)
    return tuple(_scenario(file, module, number, test) for number, test in enumerate(file.tests))


def program_with(candidate: str, scenarios: Sequence[Scenario]) -> str:
    """Return a candidate with scenarios behind it, so that its lines keep their numbers."""
    return "\n\n".join([candidate.rstrip() + "\n", *(one.source for one in scenarios)])


def _scenario(file: TestFile, module: str, number: int, test: Test) -> Scenario:
    body = _Body(file, file.constants | dict(test.bindings))
    statements = [part for node in test.body for part in body.taken(node)]
    used = _names(statements)
    bound = [_assigned(name, node) for name, node in test.bindings.items() if name in used]
    statements = [*bound, *statements]
    needed = _needed(file, _names(statements) - set(test.bindings))
    lines = [*_imports(file, module), *map(ast.unparse, needed), _HEAD.rstrip()]
    lines += [ast.unparse(ast.fix_missing_locations(node)) for node in statements]
    function = f"_scenario_{number}"
    source = f"def {function}():\n" + indent("\n".join([*lines, "return _seen"]), "    ")
    return Scenario(
        test=test.name, call=Call(function=function), source=source, checks=tuple(body.checks)
    )


class _Body:
    """Statements with their assertions replaced by what is seen; collects the checks."""

    def __init__(self, file: TestFile, bindings: Bindings) -> None:
        self._file, self._bindings = file, dict(bindings)
        self.checks: list[Check] = []

    def taken(self, node: ast.stmt) -> Iterator[ast.stmt]:
        """Yield what runs beside the candidate for one statement."""
        match node:
            case ast.Assert(test=test):
                yield from self._see(self._tried(node, lambda: seen_in(test, self._bindings)))
            case ast.Expr(value=ast.Call() as call) if _is_of_self(call):
                yield from self._method(call)
            case ast.With(items=[ast.withitem(context_expr=ast.Call() as call) as item], body=body):
                yield from self._with(node, call, item, body)
            case ast.For() if _asserts(node):
                yield from self._loop(node)
            case _ if _asserts(node):
                raise self._file.refuse(
                    node, "an assertion inside of this statement cannot be read; write it out"
                )
            case _:
                for name in _stored(node):
                    self._bindings.pop(name, None)
                yield node

    def _see(self, found: Sequence[Seen]) -> Iterator[ast.stmt]:
        for expression, check in found:
            self.checks.append(check)
            call = ast.Call(ast.Name(_SEE, ast.Load()), [expression], [])
            yield ast.Expr(call)

    def _tried(self, node: ast.AST, take: Callable[[], list[Seen] | None]) -> list[Seen]:
        try:
            found = take()
        except NotKnown:
            found = None
        if found is None:
            raise self._file.refuse(node, f"{ast.unparse(node)[:60]} is no assertion that is read")
        return found

    def _method(self, call: ast.Call) -> Iterator[ast.stmt]:
        name = ast.unparse(call.func)
        if name in ("self.assertRaises", "self.assertRaisesRegex"):
            yield from self._called(call, is_regex=name.endswith("Regex"))
        else:
            found = self._tried(call, lambda: seen_in_method(call, self._bindings))
            yield from self._see(found)

    def _called(self, call: ast.Call, *, is_regex: bool) -> Iterator[ast.stmt]:
        """Take `self.assertRaises(ValueError, f, 1)`."""
        num = 2 if is_regex else 1
        function, *arguments = call.args[num:]
        body = ast.Expr(ast.Call(function, arguments, call.keywords))
        pattern = call.args[1] if is_regex else None
        yield from self._raising(call, call.args[0], pattern, [body], None)

    def _with(
        self, node: ast.With, call: ast.Call, item: ast.withitem, body: Sequence[ast.stmt]
    ) -> Iterator[ast.stmt]:
        name = ast.unparse(call.func)
        words = {word.arg: word.value for word in call.keywords}
        if name == "self.subTest":
            for part in body:
                yield from self.taken(part)
        elif name in ("pytest.raises", "raises", "self.assertRaises") and call.args:
            pattern = words.get("match")
            yield from self._raising(node, call.args[0], pattern, body, item.optional_vars)
        elif name == "self.assertRaisesRegex" and len(call.args) == 2:
            yield from self._raising(node, call.args[0], call.args[1], body, item.optional_vars)
        elif _asserts(node):
            raise self._file.refuse(node, f"assertions inside of `with {name}` are not read")
        else:
            yield node

    def _raising(
        self,
        node: ast.AST,
        kinds: ast.expr,
        pattern: ast.expr | None,
        body: Sequence[ast.stmt],
        info: ast.expr | None,
    ) -> Iterator[ast.stmt]:
        if any(map(_asserts, body)):
            raise self._file.refuse(node, "assertions where an exception is expected are not read")
        try:
            expected = None if pattern is None else str(known(pattern, self._bindings))
        except NotKnown as error:
            raise self._file.refuse(node, "the pattern of a message has to be a text") from error
        source = "; ".join(map(ast.unparse, body))
        names = exceptions_of(kinds)
        self.checks.append(Check(source=source, operator="raises", expected=(names, expected)))
        name = "_info" if info is None else ast.unparse(info)
        (statement,) = ast.parse(_RAISING.format(info=name)).body
        assert isinstance(statement, ast.Try)
        statement.body = list(body)
        yield statement

    def _loop(self, node: ast.For) -> Iterator[ast.stmt]:
        """Write out a loop over literals."""
        rows = node.iter
        if isinstance(rows, ast.Name):
            rows = self._bindings.get(rows.id, rows)
        if not isinstance(rows, ast.List | ast.Tuple) or node.orelse:
            raise self._file.refuse(node, "a loop with assertions has to be over a written list")
        before = dict(self._bindings)
        for row in rows.elts:
            bound = _matched(node.target, row)
            if bound is None:
                raise self._file.refuse(node, "the values of this loop have to be written out")
            self._bindings |= bound
            parts = [part for inner in node.body for part in self.taken(inner)]
            used = _names(parts)
            yield from (_assigned(name, value) for name, value in bound.items() if name in used)
            yield from parts
        self._bindings = before


# ---------------------------------------------------------------- names


def _matched(target: ast.expr, row: ast.expr) -> dict[str, ast.expr] | None:
    """Return the variables of a loop with the parts of one row."""
    if isinstance(target, ast.Name):
        return {target.id: row}
    if not isinstance(target, ast.Tuple) or not isinstance(row, ast.List | ast.Tuple):
        return None
    if len(target.elts) != len(row.elts):
        return None
    found: dict[str, ast.expr] = {}
    for part, value in zip(target.elts, row.elts, strict=True):
        inner = _matched(part, value)
        if inner is None:
            return None
        found |= inner
    return found


def _is_of_self(call: ast.Call) -> bool:
    return ast.unparse(call.func).startswith(f"{SELF}.assert")


def _asserts(node: ast.AST) -> bool:
    return any(
        isinstance(part, ast.Assert)
        or (isinstance(part, ast.Call) and ast.unparse(part.func).startswith(f"{SELF}.assert"))
        for part in ast.walk(node)
    )


def _assigned(name: str, value: ast.expr) -> ast.stmt:
    return ast.Assign([ast.Name(name, ast.Store())], value, lineno=1)


def _names(nodes: Sequence[ast.AST]) -> set[str]:
    return {
        part.id
        for node in nodes
        for part in ast.walk(node)
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load)
    }


def _stored(node: ast.stmt) -> set[str]:
    return {
        part.id
        for part in ast.walk(node)
        if isinstance(part, ast.Name) and not isinstance(part.ctx, ast.Load)
    }


def _needed(file: TestFile, names: set[str]) -> list[ast.stmt]:
    """Return the definitions of the file that some names need, in the order of the file."""
    found: set[str] = set()
    new = names & set(file.definitions)
    while new:
        found |= new
        new = (_names([file.definitions[name] for name in new]) & set(file.definitions)) - found
    return [node for name, node in file.definitions.items() if name in found]


def _imports(file: TestFile, module: str) -> list[str]:
    """Return the imports of the file; names of the tested module are those of the program."""
    lines: list[str] = []
    for node in file.imports:
        if isinstance(node, ast.ImportFrom) and _is_own(node, module):
            pairs = ((alias.name, alias.asname) for alias in node.names)
            lines += [f"{other} = {name}" for name, other in pairs if other not in (None, name)]
        elif isinstance(node, ast.Import) and any(alias.name == module for alias in node.names):
            name = node.names[0].asname or module
            lines += ["from types import SimpleNamespace", f"{name} = SimpleNamespace(**globals())"]
        else:
            lines.append(ast.unparse(node))
    return lines


def _is_own(node: ast.ImportFrom, module: str) -> bool:
    return node.module == module
