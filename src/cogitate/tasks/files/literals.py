"""Expressions of a test that stand for plain values, and for calls with plain arguments."""

import ast
import builtins
import copy
import math
import operator
from collections.abc import Callable, Mapping
from typing import Any

from cogitate.sandbox import Call

Scope = Mapping[str, Any]
"""Names and their plain values, or the calls that they stand for."""

_OPERATORS: Mapping[type[ast.AST], str] = {
    ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Pow: "pow", ast.Div: "truediv",
    ast.FloorDiv: "floordiv", ast.Mod: "mod", ast.USub: "neg", ast.UAdd: "pos",
}  # fmt: skip
"""By name in `operator`."""
_MADE_BY: Mapping[str, Any] = {
    made.__name__: made for made in (set, frozenset, list, tuple, dict, float, int, str, range)
}
"""Functions that a literal may use."""


class NotLiteral(Exception):
    """An expression or a statement that cannot be read."""

    def __init__(self, node: ast.AST) -> None:
        """Keep its line."""
        super().__init__(ast.dump(node))
        self.line: int = getattr(node, "lineno", 1)


def literal(node: ast.expr, scope: Scope) -> Any:
    """Return the value of an expression of plain values, names and signs.

    Raises:
        NotLiteral: it is none.
    """
    read = _READERS.get(type(node))
    if read is None:
        raise NotLiteral(node)
    try:
        return read(node, scope)
    except (ArithmeticError, LookupError, TypeError, ValueError, MemoryError) as error:
        raise NotLiteral(node) from error


def call_in(node: ast.AST, scope: Scope) -> Call | None:
    """Return the call of a function of the program; None if it is none.

    Raises:
        NotLiteral: its arguments are no plain values.
    """
    match node:
        case ast.Name(id=name):
            return scope[name] if isinstance(scope.get(name), Call) else None
        case ast.Call(
            func=(ast.Name(id=name) | ast.Attribute(value=ast.Name(), attr=name)) as function
        ) if name not in (*vars(builtins), "approx", "raises"):
            first, dot, _ = ast.unparse(function).partition(".")
            is_method = bool(dot) and (first == "self" or first in scope)
            if is_method or any(keyword.arg is None for keyword in node.keywords):
                raise NotLiteral(node)
            return Call(
                function=name,
                args=tuple(literal(argument, scope) for argument in node.args),
                kwargs={str(word.arg): literal(word.value, scope) for word in node.keywords},
            )
        case _:
            return None


def _name(node: ast.Name, scope: Scope) -> Any:
    if isinstance(scope[node.id], Call):
        raise TypeError("it stands for a call")
    return copy.deepcopy(scope[node.id])


def _dict(node: ast.Dict, scope: Scope) -> dict[Any, Any]:
    pairs = zip(node.keys, node.values, strict=True)
    return {_known(key, scope): literal(value, scope) for key, value in pairs}


def _known(key: ast.expr | None, scope: Scope) -> Any:
    if key is None:
        raise TypeError("another dictionary")
    return literal(key, scope)


def _signed(node: ast.UnaryOp, scope: Scope) -> Any:
    return getattr(operator, _OPERATORS[type(node.op)])(literal(node.operand, scope))


def _computed(node: ast.BinOp, scope: Scope) -> Any:
    compute = getattr(operator, _OPERATORS[type(node.op)])
    return compute(literal(node.left, scope), literal(node.right, scope))


def _made(node: ast.Call, scope: Scope) -> Any:
    if not isinstance(node.func, ast.Name) or node.keywords:
        raise TypeError("not one of ours")
    return _MADE_BY[node.func.id](*(literal(argument, scope) for argument in node.args))


def _constant(node: ast.Attribute, _scope: Scope) -> float:
    """Return math.pi and its like."""
    value = getattr(math, node.attr, None)
    if ast.unparse(node.value) != "math" or not isinstance(value, float):
        raise TypeError("not one of math")
    return value


_READERS: Mapping[type[ast.expr], Callable[[Any, Scope], Any]] = {
    ast.Constant: lambda node, _: node.value,
    ast.Name: _name,
    ast.List: lambda node, scope: [literal(part, scope) for part in node.elts],
    ast.Tuple: lambda node, scope: tuple(literal(part, scope) for part in node.elts),
    ast.Set: lambda node, scope: {literal(part, scope) for part in node.elts},
    ast.Dict: _dict,
    ast.UnaryOp: _signed,
    ast.BinOp: _computed,
    ast.Call: _made,
    ast.Attribute: _constant,
}
