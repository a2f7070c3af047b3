"""Candidates that pass all tests, told apart by what they do on inputs near those of the tests.

calls = varied(tests, ["twice"])    ->  twice(2), twice(1), twice(3), twice(0), ...
clusters(texts, calls, run)         ->  [[0, 2, 3], [1]]: three agree on all of them, one not
"""

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from cogitate.sandbox import Call, Execution

_MAX_CALLS = 24
Execute = Callable[[str, Sequence[Call]], Execution]


def varied(tests: Sequence[str], names: Sequence[str]) -> list[Call]:
    """Return calls with the literals of the tests and with others like them, each once."""
    found: dict[str, Call] = {}
    calls = [call for text in tests for call in _calls(ast.parse(text), names)]
    for call in calls:
        for number, argument in enumerate(call.args):
            for other in _others(argument):
                args = (*call.args[:number], other, *call.args[number + 1 :])
                new = Call(function=call.function, args=args, kwargs=call.kwargs)
                found.setdefault(repr(new), new)
    return _spread(list(found.values()))


def _spread(calls: Sequence[Call]) -> list[Call]:
    step = max(1, -(-len(calls) // _MAX_CALLS))
    return list(calls[::step])


def _calls(tree: ast.Module, names: Sequence[str]) -> Iterator[Call]:
    """Yield the calls of functions whose arguments are all literals."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or ast.unparse(node.func) not in names:
            continue
        try:
            args = tuple(ast.literal_eval(argument) for argument in node.args)
            kwargs = {str(k.arg): ast.literal_eval(k.value) for k in node.keywords}
        except (ValueError, TypeError, MemoryError):
            continue
        yield Call(function=ast.unparse(node.func), args=args, kwargs=kwargs)


def _others(value: Any) -> list[Any]:
    """Return values like one; of the same type, so that it is as sensible an argument."""
    match value:
        case bool():
            return [not value]
        case int() | float():
            return [value + 1, value - 1, -value, type(value)(0)]
        case str():
            return ["", value + value, value.upper(), f" {value} ", value[1:]]
        case list() | tuple():
            return [value[:0], value[:1], value[::-1], value * 2]
        case dict():
            return [{}, dict(list(value.items())[:1])]  # pyright: ignore
        case _:
            return []


def clusters(texts: Sequence[str], calls: Sequence[Call], execute: Execute) -> list[list[int]]:
    """Return the numbers of texts that do the same on all calls, the largest cluster first."""
    found: dict[str, list[int]] = {}
    for number, text in enumerate(texts):
        execution = execute(text, calls)
        found.setdefault(repr([*map(_seen, execution.outcomes), execution.stopped]), []).append(
            number
        )
    return sorted(found.values(), key=len, reverse=True)


def _seen(outcome: Any) -> Any:
    """Return what is compared of an outcome: a message is no behaviour."""
    kind: Mapping[str, Any] = {"raised": getattr(outcome, "kind", None)}
    return kind if kind["raised"] else {"returned": outcome.value}
