"""Assertions, taken apart: expressions that are evaluated beside the candidate, and a check here.

assert get(data, "a") == 1       ->  get(data, "a"),  Check(operators=("==",), ...)
self.assertIn("x", list_all())   ->  list_all(),      Check(operators=("in",), ...)
"""

import ast
import operator
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from typing import Any

from cogitate.coding.scenarios.checks import FALSE, SEEN, TRUE, Check, Near

Bindings = Mapping[str, ast.expr]
"""Names whose values are known from the text: constants, parameters, variables of loops."""
Assertion = tuple[list[ast.expr], Check]
"""What is seen, and the check of it."""

_NAMES: dict[type[ast.cmpop], str] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.In: "in",
    ast.NotIn: "not in",
}
_OF_TWO = {
    "assertEqual": "==",
    "assertNotEqual": "!=",
    "assertIn": "in",
    "assertNotIn": "not in",
    "assertLess": "<",
    "assertLessEqual": "<=",
    "assertGreater": ">",
    "assertGreaterEqual": ">=",
    "assertCountEqual": "same members",
    "assertSequenceEqual": "same items",
    "assertRegex": "matches",
    **dict.fromkeys(("assertListEqual", "assertDictEqual", "assertTupleEqual"), "=="),
    **dict.fromkeys(("assertSetEqual", "assertMultiLineEqual"), "=="),
}
_IDENTITIES: dict[str, ast.cmpop] = {
    **dict.fromkeys(("assertIs", "assertIsNone"), ast.Is()),
    **dict.fromkeys(("assertIsNot", "assertIsNotNone"), ast.IsNot()),
}
_FOLDED: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}
_DECIDES = (ast.Compare, ast.BoolOp, ast.IfExp, ast.comprehension)
"""What a candidate's own methods would decide, if it were evaluated beside it."""
_MUTABLE = (ast.List, ast.Dict, ast.Set, ast.Call)
_MOST_REPEATED = 10_000
_PLACES = 7
_MOST_SPELLED = 40


class NotKnown(Exception):
    """The text does not tell a value, or an assertion cannot be taken apart."""


def seen_in(test: ast.expr, bindings: Bindings) -> list[Assertion]:
    """Return what is to be seen of an `assert`, with its checks.

    Raises:
        NotKnown: the candidate itself would decide it, as in `assert f(1) == 2 or f(1) == 3`.
    """
    source = spelled(test, bindings)
    match test:
        case ast.BoolOp(op=ast.And(), values=values):
            return [one for value in values for one in seen_in(value, bindings)]
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return [_truth(source, operand, FALSE)]
        case ast.Compare(ops=[ast.Is() | ast.IsNot()]):
            return [_identity(source, test, bindings)]
        case ast.Compare(
            left=ast.Call(func=ast.Name(id="abs"), args=[ast.BinOp(op=ast.Sub()) as gap]),
            ops=[ast.Lt() | ast.LtE()],
            comparators=[limit],
        ):
            return [_near(source, (gap.left, gap.right), known(limit, bindings), bindings)]
        case ast.Compare(left=left, ops=ops, comparators=others):
            if not all(type(op) in _NAMES for op in ops):
                raise NotKnown
            names = [_NAMES[type(op)] for op in ops]
            return [_compared(source, names, [left, *others], bindings)]
        case _:
            return [_truth(source, test, TRUE)]


def seen_in_method(call: ast.Call, bindings: Bindings) -> list[Assertion]:
    """Return what is to be seen of a call such as `self.assertEqual(f(1), 2)`.

    Raises:
        NotKnown: it is no assertion that is read.
    """
    name, source = ast.unparse(call.func).rpartition(".")[2], spelled(call, bindings)
    match name, call.args:
        case "assertTrue", [test, *_]:
            return seen_in(test, bindings)
        case "assertFalse", [value, *_]:
            return [_truth(source, value, FALSE)]
        case _, [left, *others] if name in _IDENTITIES and (others or name.endswith("None")):
            right = ast.Constant(None) if name.endswith("None") else others[0]
            test = ast.Compare(left, [_IDENTITIES[name]], [right])
            return [_identity(source, test, bindings)]
        case "assertIsInstance", [value, kind, *_]:
            test = ast.Call(ast.Name("isinstance", ast.Load()), [value, kind], [])
            return [_truth(source, test, TRUE)]
        case "assertAlmostEqual", [left, right, *_]:
            return [_near(source, (left, right), _within(call, bindings), bindings)]
        case _, [left, right, *_] if name in _OF_TWO:
            return [_compared(source, [_OF_TWO[name]], [left, right], bindings)]
        case _:
            raise NotKnown


def _identity(source: str, test: ast.Compare, bindings: Bindings) -> Assertion:
    """See the value that has to be None, True or False; of other identities, whether it holds."""
    sides = [test.left, *test.comparators]
    if any(map(_decides, sides)):
        raise NotKnown
    match test:
        case ast.Compare(ops=[ast.Is()], comparators=[ast.Constant(value=None | True | False)]):
            return _compared(source, ["is"], sides, bindings)
        case _:
            return [test], Check(source=source, operators=(TRUE,))


def _decides(value: ast.expr) -> bool:
    return any(isinstance(part, _DECIDES) for part in ast.walk(value))


def _truth(source: str, value: ast.expr, which: str) -> Assertion:
    if _decides(value):
        raise NotKnown
    seen = ast.UnaryOp(ast.Not(), ast.UnaryOp(ast.Not(), value))
    return [seen], Check(source=source, operators=(which,))


def _compared(
    source: str, names: Sequence[str], sides: Sequence[ast.expr], bindings: Bindings
) -> Assertion:
    """Keep the sides that the text tells, and see the others.

    A collection that another side is given may be changed by it, so that it is seen too.
    """
    operands: list[Any] = []
    for side in sides:
        try:
            operands.append(known(side, bindings))
        except NotKnown:
            operands.append(SEEN)
    pairs = list(zip(sides, operands, strict=True))
    given = {name for side, kept in pairs if kept is SEEN for name in _collections(side, bindings)}
    operands = [SEEN if given & _collections(side, bindings) else kept for side, kept in pairs]
    if "matches" in names and operands[-1] is SEEN:
        raise NotKnown
    seen = [side for side, kept in zip(sides, operands, strict=True) if kept is SEEN]
    return seen, Check(source=source, operators=tuple(names), operands=tuple(operands))


def _collections(node: ast.expr, bindings: Bindings) -> set[str]:
    names = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
    return {name for name in names if is_mutable(bindings.get(name))}


def is_mutable(value: ast.expr | None) -> bool:
    """Return whether a known value can be changed."""
    return value is not None and any(isinstance(part, _MUTABLE) for part in ast.walk(value))


def _within(call: ast.Call, bindings: Bindings) -> float:
    """Return the tolerance of `assertAlmostEqual(a, b, places=7, msg=None, delta=None)`."""
    given = {word.arg: word.value for word in call.keywords}
    if "delta" in given:
        return known(given["delta"], bindings)
    places = given.get("places", call.args[2] if len(call.args) > 2 else ast.Constant(_PLACES))
    return 0.5 * 10.0 ** -known(places, bindings)


def _near(
    source: str, sides: tuple[ast.expr, ast.expr], within: float, bindings: Bindings
) -> Assertion:
    seen, check = _compared(source, ["=="], sides, bindings)
    near = [
        value if value is SEEN else Near(value=value, relative=0.0, absolute=within)
        for value in check.operands
    ]
    if len(seen) != 1:
        raise NotKnown
    return seen, Check(source=source, operators=("==",), operands=tuple(near))


def spelled(node: ast.AST, bindings: Bindings) -> str:
    """Return the source of a part of a test, with short values in place of their names.

    Example: with n bound to 3, "assert f(n) == twice" gives "f(3) == twice"
    """
    return ast.unparse(_Filled(bindings).visit(deepcopy(node)))


class _Filled(ast.NodeTransformer):
    def __init__(self, bindings: Bindings) -> None:
        self._bindings = bindings

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """Return the value of a known name, if it is short."""
        value = self._bindings.get(node.id)
        return value if value is not None and len(ast.unparse(value)) <= _MOST_SPELLED else node


# ---------------------------------------------------------------- values that the text tells


def known(node: ast.expr, bindings: Bindings) -> Any:
    """Return the value of an expression of literals, known names and `pytest.approx`.

    Raises:
        NotKnown: it is no such expression.
    """
    try:
        return _known(node, bindings)
    except (ValueError, TypeError, ArithmeticError, LookupError, RecursionError) as error:
        raise NotKnown from error


def _known(node: ast.expr, bindings: Bindings) -> Any:
    match node:
        case ast.Constant(value=value) if value is not Ellipsis:
            found = value
        case ast.Name(id=name) if name in bindings:
            found = _known(bindings[name], {k: v for k, v in bindings.items() if k != name})
        case ast.List() | ast.Tuple() | ast.Set() | ast.Dict():
            found = _collection(node, bindings)
        case ast.Subscript(value=value, slice=ast.expr() as index):
            found = _known(value, bindings)[_known(index, bindings)]
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
    makers = {"set": set, "frozenset": frozenset, "list": list, "tuple": tuple, "dict": dict}
    makers |= {"float": float}
    if name in makers and not words:
        return makers[name](*values)
    raise NotKnown
