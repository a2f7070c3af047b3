"""A file of tests, read into calls with their expected plain values; it is never run.

    assert add(1, 2) == 3   ->   Expected(call=Call(function="add", args=(1, 2)), expected=3)

So programs can be held against a user's tests without sharing a process with them. What cannot be
read so is refused, with its line.
"""

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any, cast

from cogitate.errors import UsageError
from cogitate.sandbox import Call
from cogitate.sandbox.values import NotPlain, encode
from cogitate.tasks.files.expected import Expected, Rule
from cogitate.tasks.files.literals import NotLiteral, Scope, call_in, literal

FORMS = (
    "assert f(x) == value (or is None, True, False; or pytest.approx(value)), assert f(x), assert"
    " not f(x), with pytest.raises(E): f(x), the same with unittest's assertEqual, assertTrue,"
    " assertFalse, assertIsNone, assertAlmostEqual and assertRaises, parametrize and for over plain"
    " values, and names of plain values"
)


def read_tests(path: Path) -> tuple[Expected, ...]:
    """Return all cases of a file, in order.

    Raises:
        UsageError: the file does not parse, has no test, or has one of another form.
    """
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        found = tuple(_file(tree))
    except SyntaxError as error:
        raise UsageError(f"{path}:{error.lineno}: {error.msg}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}") from error
    except NotLiteral as error:
        raise UsageError(
            f"{path}:{error.line}: this is no call with a plain value; what can be read is {FORMS}"
        ) from error
    if not found:
        raise UsageError(f"{path} has no tests: functions test_... with {FORMS}")
    return found


def _file(tree: ast.Module) -> Iterator[Expected]:
    scope: dict[str, Any] = {}
    for statement in tree.body:
        if isinstance(statement, ast.ClassDef):
            for member in statement.body:
                yield from _defined(member, scope)
        else:
            yield from _defined(statement, scope)


def _defined(statement: ast.stmt, scope: dict[str, Any]) -> Iterator[Expected]:
    """Read a statement of a file or a class."""
    if isinstance(statement, ast.FunctionDef) and statement.name.startswith("test"):
        yield from _function(statement, scope)
    elif isinstance(statement, ast.Assign | ast.AnnAssign):
        _bind(statement, scope)
    elif not isinstance(statement, ast.Import | ast.ImportFrom) and not _says_nothing(statement):
        raise NotLiteral(statement)


def _says_nothing(statement: ast.stmt) -> bool:
    """Return whether it is a docstring, `pass` or the start as a script."""
    if isinstance(statement, ast.If):
        return ast.unparse(statement.test) in ("__name__ == '__main__'", "'__main__' == __name__")
    is_text = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    return is_text or isinstance(statement, ast.Pass)


def _function(function: ast.FunctionDef, scope: Scope) -> Iterator[Expected]:
    """Read a test, once for each combination of its parameters."""
    tables = [_parameters(decorator, scope) for decorator in function.decorator_list]
    names = {argument.arg for argument in function.args.args} - {"self"}
    for rows in product(*tables):
        given = {name: value for row in rows for name, value in row.items()}
        if names != given.keys():
            raise NotLiteral(function)  # it takes a fixture
        yield from _body(function.body, {**scope, **given})


def _parameters(decorator: ast.expr, scope: Scope) -> list[dict[str, Any]]:
    """Return the rows of a `pytest.mark.parametrize`."""
    match decorator:
        case ast.Call(func=ast.Attribute(attr="parametrize"), args=[names, rows, *_]):
            named = literal(names, scope)
            split = named.split(",") if isinstance(named, str) else cast("Sequence[str]", named)
            keys = [str(name).strip() for name in split]
            return [_row(keys, row, decorator) for row in literal(rows, scope)]
        case _:
            raise NotLiteral(decorator)


def _row(keys: list[str], row: Any, where: ast.AST) -> dict[str, Any]:
    values = [row] if len(keys) == 1 else list(row)
    if len(values) != len(keys):
        raise NotLiteral(where)
    return dict(zip(keys, values, strict=True))


def _body(statements: Sequence[ast.stmt], scope: dict[str, Any]) -> Iterator[Expected]:
    for statement in statements:
        if isinstance(statement, ast.Assign | ast.AnnAssign):
            _bind(statement, scope)
        elif isinstance(statement, ast.For) and not statement.orelse:
            for value in literal(statement.iter, scope):
                yield from _body(statement.body, {**scope, **_unpacked(statement.target, value)})
        elif not _says_nothing(statement):
            yield _plain(_case(statement, scope), statement)


def _plain(case: Expected, statement: ast.stmt) -> Expected:
    try:
        encode([list(case.call.args), dict(case.call.kwargs), case.expected])
    except NotPlain as error:
        raise NotLiteral(statement) from error
    return case


def _bind(statement: ast.Assign | ast.AnnAssign, scope: dict[str, Any]) -> None:
    """Add a name of a plain value, or of what a call returns."""
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    if len(targets) != 1 or statement.value is None:
        raise NotLiteral(statement)
    called = call_in(statement.value, scope)
    if called and isinstance(targets[0], ast.Name):
        scope[targets[0].id] = called
    else:
        scope.update(_unpacked(targets[0], literal(statement.value, scope)))


def _unpacked(target: ast.expr, value: Any) -> dict[str, Any]:
    match target:
        case ast.Name(id=name):
            return {name: value}
        case ast.Tuple(elts=parts) if all(isinstance(part, ast.Name) for part in parts):
            return _row([cast("ast.Name", part).id for part in parts], value, target)
        case _:
            raise NotLiteral(target)


# ---------------------------------------------------------------- one statement, one case


def _case(statement: ast.stmt, scope: Scope) -> Expected:
    match statement:
        case ast.Assert(test=test):
            return _assertion(test, scope)
        case ast.With(items=[ast.withitem(context_expr=context)], body=[inner]):
            called = call_in(getattr(inner, "value", inner), scope)
            return _raising(context, called, scope)
        case ast.Expr(
            value=ast.Call(func=ast.Attribute(value=ast.Name(id="self"), attr=name)) as x
        ):
            if name in _METHODS:
                return _METHODS[name](x, scope)
        case _:
            pass
    raise NotLiteral(statement)


def _assertion(test: ast.expr, scope: Scope) -> Expected:
    match test:
        case ast.Compare(left=left, ops=[ast.Eq() | ast.Is() as how], comparators=[right]):
            swapped = call_in(left, scope) is None
            called, value = (right, left) if swapped else (left, right)
            return _compared(called, value, scope, exactly=isinstance(how, ast.Is))
        case ast.UnaryOp(op=ast.Not(), operand=called):
            return _true(called, scope, expected=False)
        case _:
            return _true(test, scope, expected=True)


def _compared(called: ast.expr, value: ast.expr, scope: Scope, *, exactly: bool) -> Expected:
    match value:
        case ast.Call(func=ast.Attribute(attr="approx") | ast.Name(id="approx")) if not exactly:
            return _near(called, value, scope)
        case _:
            expected = literal(value, scope)
    if exactly and expected not in (None, True, False):
        raise NotLiteral(value)
    rule: Rule = "exactly" if exactly else "equal"
    return Expected(call=_need_call(called, scope), expected=expected, rule=rule)


def _near(called: ast.expr, approx: ast.Call, scope: Scope) -> Expected:
    """Read `pytest.approx`, with its defaults."""
    given = {word.arg: literal(word.value, scope) for word in approx.keywords}
    if len(approx.args) != 1 or not given.keys() <= {"rel", "abs"}:
        raise NotLiteral(approx)
    rel = given.get("rel", 0.0 if "abs" in given else 1e-6)
    case = _compared(called, approx.args[0], scope, exactly=False)
    return replace(case, rule="near", rel=rel, abs=given.get("abs", 1e-12))


def _true(called: ast.expr, scope: Scope, *, expected: bool) -> Expected:
    return Expected(call=_need_call(called, scope), expected=expected, rule="true")


def _raising(context: ast.expr, called: Call | None, scope: Scope) -> Expected:
    match context:
        case ast.Call(func=ast.Attribute(attr="raises" | "assertRaises"), args=[kind]):
            words = {word.arg: literal(word.value, scope) for word in context.keywords}
            if called and words.keys() <= {"match"}:
                return _raises(kind, called, words.get("match"))
        case _:
            pass
    raise NotLiteral(context)


def _raises(kind: ast.expr, called: Call, match: str | None = None) -> Expected:
    kinds = kind.elts if isinstance(kind, ast.Tuple) else [kind]
    names = [ast.unparse(part).rpartition(".")[2] for part in kinds]
    if not all(name.isidentifier() for name in names):
        raise NotLiteral(kind)
    return Expected(call=called, expected=names, rule="raises", match=match)


def _need_call(node: ast.expr, scope: Scope) -> Call:
    called = call_in(node, scope)
    if called is None:
        raise NotLiteral(node)
    return called


# ---------------------------------------------------------------- unittest's methods


def _equal(node: ast.Call, scope: Scope) -> Expected:
    """Read assertEqual(f(x), value), in either order."""
    if len(node.args) < 2:
        raise NotLiteral(node)
    left, right = node.args[:2]
    swapped = call_in(left, scope) is None
    called, value = (right, left) if swapped else (left, right)
    return _compared(called, value, scope, exactly=False)


def _almost(node: ast.Call, scope: Scope) -> Expected:
    words = {word.arg: literal(word.value, scope) for word in node.keywords}
    if len(node.args) == 3:
        words["places"] = literal(node.args[2], scope)
    if len(node.args) not in (2, 3) or not words.keys() <= {"places", "delta", "msg"}:
        raise NotLiteral(node)
    within = words.get("delta", 0.5 * 10.0 ** -words.get("places", 7))
    return replace(_equal(node, scope), rule="near", rel=0.0, abs=within)


def _assert_raises(node: ast.Call, scope: Scope) -> Expected:
    """Read assertRaises(E, f, x)."""
    if len(node.args) < 2:
        raise NotLiteral(node)
    kind, function, *args = node.args
    called = ast.copy_location(ast.Call(func=function, args=args, keywords=node.keywords), node)
    return _raises(kind, _need_call(called, scope))


def _constant(node: ast.Call, scope: Scope) -> Expected:
    """Read assertTrue(f(x)) and the like."""
    if not node.args:
        raise NotLiteral(node)
    expected = _CONSTANTS[cast("ast.Attribute", node.func).attr]
    rule: Rule = "exactly" if expected is None else "true"
    return Expected(call=_need_call(node.args[0], scope), expected=expected, rule=rule)


_CONSTANTS = {"assertTrue": True, "assertFalse": False, "assertIsNone": None}
_METHODS: Mapping[str, Callable[[ast.Call, Scope], Expected]] = {
    **dict.fromkeys(
        ("assertEqual", "assertListEqual", "assertDictEqual", "assertTupleEqual",
         "assertSetEqual"), _equal,
    ),
    "assertAlmostEqual": _almost,
    **dict.fromkeys(_CONSTANTS, _constant),
    "assertRaises": _assert_raises,
}  # fmt: skip
"""By name; a message as their last argument does not count."""
