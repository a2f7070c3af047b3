"""Assertions, taken apart: an expression that is evaluated beside the candidate, and a check here.

assert get(data, "a") == 1       ->  get(data, "a"),  Check(operator="==", expected=1)
self.assertIn("x", list_all())   ->  list_all(),      Check(operator="in", side="left", ...)
"""

import ast
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cogitate.coding.scenarios.checks import Check, Near

Bindings = Mapping[str, ast.expr]
"""Names whose values are known from the text: constants, parameters, variables of loops."""
Seen = tuple[ast.expr, Check]

_NAMES: dict[type[ast.cmpop], str] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.In: "in",
    ast.NotIn: "not in",
    ast.Is: "is",
    ast.IsNot: "is not",
}
_OF_TWO = {
    "assertEqual": "==",
    "assertNotEqual": "!=",
    "assertIs": "is",
    "assertIsNot": "is not",
    "assertIn": "in",
    "assertNotIn": "not in",
    "assertLess": "<",
    "assertLessEqual": "<=",
    "assertGreater": ">",
    "assertGreaterEqual": ">=",
    "assertCountEqual": "same members",
    "assertRegex": "matches",
    **dict.fromkeys(("assertListEqual", "assertDictEqual", "assertTupleEqual"), "=="),
    **dict.fromkeys(("assertSetEqual", "assertMultiLineEqual", "assertSequenceEqual"), "=="),
}
_OF_ONE = {"assertFalse": "false", "assertIsNone": "is", "assertIsNotNone": "is not"}
"""Where the other side is None, or none is needed."""
_FOLDED: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}
_MOST_REPEATED = 10_000
_PLACES = 7


class NotKnown(Exception):
    """The text does not tell a value."""


def seen_in(test: ast.expr, bindings: Bindings) -> list[Seen]:
    """Return what is to be seen of an `assert`, with its checks."""
    source = ast.unparse(test)
    match test:
        case ast.BoolOp(op=ast.And(), values=values):
            return [seen for value in values for seen in seen_in(value, bindings)]
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return [(operand, Check(source=source, operator="false"))]
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return [_compared(source, _NAMES[type(op)], (left, right), bindings)]
        case _:
            return [(test, Check(source=source, operator="true"))]


def seen_in_method(call: ast.Call, bindings: Bindings) -> list[Seen] | None:
    """Return what is to be seen of a call such as `self.assertEqual(f(1), 2)`; None if unknown."""
    name, source = ast.unparse(call.func).rpartition(".")[2], ast.unparse(call)
    match name, call.args:
        case "assertTrue", [test, *_]:
            found = seen_in(test, bindings)
        case (("assertFalse" | "assertIsNone" | "assertIsNotNone"), [value, *_]):
            found = [(value, Check(source=source, operator=_OF_ONE[name]))]
        case "assertIsInstance", [value, kind, *_]:
            test = ast.Call(ast.Name("isinstance", ast.Load()), [value, kind], [])
            found = [_seen(test, Check(source=source, operator="true"))]
        case "assertAlmostEqual", [_, _, *_]:
            found = [_almost(source, call, bindings)]
        case _, [left, right, *_] if name in _OF_TWO:
            found = [_compared(source, _OF_TWO[name], (left, right), bindings)]
        case _:
            found = None
    return found


def _seen(expression: ast.expr, check: Check) -> Seen:
    return expression, check


def _compared(source: str, kind: str, sides: tuple[ast.expr, ast.expr], bindings: Bindings) -> Seen:
    """Keep the side that the text tells, and see the other; see both if it tells none."""
    left, right = sides
    for side, kept, seen in (("right", right, left), ("left", left, right)):
        try:
            expected = known(kept, bindings)
        except NotKnown:
            continue
        return seen, Check(source=source, operator=kind, expected=expected, side=side)
    both = ast.List([left, right], ast.Load())
    return both, Check(source=source, operator=kind, side="none")


def _almost(source: str, call: ast.Call, bindings: Bindings) -> Seen:
    """Take `assertAlmostEqual(a, b, places=7, delta=None)`."""
    given = {word.arg: word.value for word in call.keywords}
    if len(call.args) > 2:
        given["places"] = call.args[2]
    absolute = 0.5 * 10.0 ** -(known(given["places"], bindings) if "places" in given else _PLACES)
    if "delta" in given:
        absolute = known(given["delta"], bindings)
    seen, check = _compared(source, "==", (call.args[0], call.args[1]), bindings)
    if check.side == "none":
        raise NotKnown
    expected = Near(value=check.expected, relative=0.0, absolute=absolute)
    return seen, Check(source=source, operator="==", expected=expected, side=check.side)


# ---------------------------------------------------------------- values that the text tells


def known(node: ast.expr, bindings: Bindings) -> Any:
    """Return the value of an expression of literals, known names and `pytest.approx`.

    Raises:
        NotKnown: it is no such expression.
    """
    try:
        return _known(node, bindings)
    except (ValueError, TypeError, ArithmeticError, RecursionError, MemoryError) as error:
        raise NotKnown from error


def _known(node: ast.expr, bindings: Bindings) -> Any:
    match node:
        case ast.Constant(value=value) if value is not Ellipsis:
            found = value
        case ast.Name(id=name) if name in bindings:
            found = _known(bindings[name], {k: v for k, v in bindings.items() if k != name})
        case ast.List() | ast.Tuple() | ast.Set() | ast.Dict():
            found = _collection(node, bindings)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            found = -_known(operand, bindings)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _FOLDED:
            a, b = _known(left, bindings), _known(right, bindings)
            if isinstance(op, ast.Mult) and max(map(_size, (a, b))) > _MOST_REPEATED:
                raise NotKnown
            found = _FOLDED[type(op)](a, b)
        case ast.Call():
            found = _called(node, bindings)
        case _:
            raise NotKnown
    return found


def _collection(node: ast.List | ast.Tuple | ast.Set | ast.Dict, bindings: Bindings) -> Any:
    if isinstance(node, ast.Dict):
        keys = [_known(key, bindings) for key in node.keys if key is not None]
        if len(keys) < len(node.keys):
            raise NotKnown
        return dict(zip(keys, (_known(value, bindings) for value in node.values), strict=True))
    kinds: dict[type[ast.expr], Callable[[list[Any]], Any]] = {ast.Tuple: tuple, ast.Set: set}
    return kinds.get(type(node), list)([_known(part, bindings) for part in node.elts])


def _size(value: Any) -> int:
    """Return how often a number repeats what it is multiplied with, or the length of text."""
    return abs(value) if type(value) is int else len(value) if hasattr(value, "__len__") else 0


def _called(node: ast.Call, bindings: Bindings) -> Any:
    name = ast.unparse(node.func)
    values = [_known(argument, bindings) for argument in node.args]
    words = {str(word.arg): _known(word.value, bindings) for word in node.keywords}
    if name in ("pytest.approx", "approx") and values:
        absolute = words.get("abs", 1e-12)
        relative = words.get("rel", 0.0 if "abs" in words else 1e-6)
        return Near(value=values[0], relative=relative or 0.0, absolute=absolute or 0.0)
    if name in ("set", "frozenset", "list", "tuple", "dict", "float") and not words:
        makers = {"set": set, "frozenset": frozenset, "list": list, "tuple": tuple, "dict": dict}
        return (makers | {"float": float})[name](*values)
    raise NotKnown


def exceptions_of(node: ast.expr) -> list[str]:
    """Return the names of exceptions, as in `pytest.raises((KeyError, shop.Empty))`."""
    parts: Sequence[ast.expr] = node.elts if isinstance(node, ast.Tuple) else [node]
    return [ast.unparse(part).rpartition(".")[2] for part in parts]
