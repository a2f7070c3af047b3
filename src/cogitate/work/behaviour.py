"""Candidates that pass all tests, told apart by what they do on inputs near those of the tests.

calls = varied(tests, ["twice"])        ->  twice(2), twice(1), twice(3), twice(0), ...
found = behaviours(texts, calls, run)   ->  Behaviour(outcomes=("4", "2", "6", "0", ...)), ...
clusters(found)                         ->  [[0, 2, 3], [1]]: three agree on all of them, one not
"""

import ast
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from cogitate.coding.syntax import tree_of
from cogitate.sandbox import Call, Execution, Outcome, Raised
from cogitate.sandbox.values import NotPlain, encode, spelled

RAISES, OBJECT = "raises ", "an object"
"""Before the name of an exception; and instead of a value that is not plain."""
_MAX_CALLS = 24
Execute = Callable[[str, Sequence[Call]], Execution]


def varied(tests: Sequence[str], names: Sequence[str]) -> list[Call]:
    """Return calls with the literals of the tests and with others like them, each once."""
    found: dict[str, Call] = {}
    for call in calls_of(tests, names):
        for number, argument in enumerate(call.args):
            for other in _others(argument):
                args = (*call.args[:number], other, *call.args[number + 1 :])
                new = Call(function=call.function, args=args, kwargs=call.kwargs)
                found.setdefault(str(new), new)
    return _spread(list(found.values()))


def calls_of(tests: Sequence[str], names: Sequence[str]) -> list[Call]:
    """Return the calls in tests whose arguments are literals."""
    return [call for text in tests for call in _calls(tree_of(text), names)]


def _spread(calls: Sequence[Call]) -> list[Call]:
    step = max(1, -(-len(calls) // _MAX_CALLS))
    return list(calls[::step])


def _calls(tree: ast.Module, names: Sequence[str]) -> Iterator[Call]:
    """Yield the calls of functions whose arguments are all literals, and plain values."""
    spellings = _spellings(tree, names)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or ast.unparse(node.func) not in spellings:
            continue
        if any(keyword.arg is None for keyword in node.keywords):
            continue
        try:
            args = tuple(ast.literal_eval(argument) for argument in node.args)
            kwargs = {str(k.arg): ast.literal_eval(k.value) for k in node.keywords}
            encode([args, kwargs])
        except (ValueError, TypeError, MemoryError, NotPlain):
            continue
        yield Call(function=spellings[ast.unparse(node.func)], args=args, kwargs=kwargs)


def _spellings(tree: ast.Module, names: Sequence[str]) -> dict[str, str]:
    """Return functions by how a file that imports them or their module may spell them."""
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    imported = {alias.asname or alias.name: alias.name for node in nodes for alias in node.names}
    found = {f"{module}.{name}": name for module in imported for name in names}
    return found | {spelling: name for spelling, name in imported.items() if name in names}


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
            firsts = _others(value[0])[2:4] if value else []
            changed = [type(value)([first, *value[1:]]) for first in firsts]
            return [value[:0], value[:1], value[::-1], value * 2, *changed]
        case dict():
            return [{}, dict(list(value.items())[:1])]  # pyright: ignore
        case _:
            return []


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """What a program does on some calls.

    Example: Behaviour(outcomes=("[]", "0", "raises KeyError"), stopped=False)
    """

    outcomes: tuple[str, ...]
    """As source text, up to the first call that did not come back."""
    stopped: bool
    """Whether there was such a call, as one without an end."""
    known: bool = True
    """False for a program that does not run in the sandbox, as one that imports a package."""


def behaviours(
    texts: Sequence[str], calls: Sequence[Call], execute: Execute
) -> tuple[Behaviour, ...]:
    """Return what each text does; the same text is executed once."""
    found: dict[str, Behaviour] = {}
    for text in dict.fromkeys(texts):
        execution = execute(text, calls)
        found[text] = Behaviour(
            outcomes=tuple(map(_spelled_outcome, execution.outcomes)),
            stopped=execution.stopped is not None,
            known=execution.error is None,
        )
    return tuple(found[text] for text in texts)


def clusters(found: Sequence[Behaviour]) -> list[list[int]]:
    """Return the numbers of those that do the same, the largest cluster first.

    One that stopped comes after all that did not.
    """
    numbers: dict[Behaviour, list[int]] = {}
    for number, behaviour in enumerate(found):
        numbers.setdefault(behaviour, []).append(number)
    return sorted(numbers.values(), key=lambda c: (found[c[0]].stopped, -len(c)))


def _spelled_outcome(outcome: Outcome) -> str:
    """Return a value, or the kind of an exception: its message is no behaviour."""
    if isinstance(outcome, Raised):
        return OBJECT if outcome.kind == NotPlain.__name__ else f"{RAISES}{outcome.kind}"
    return spelled(outcome.value)
