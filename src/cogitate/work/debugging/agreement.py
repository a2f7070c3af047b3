"""Patches that pass, told apart by what the changed functions do on inputs near the known ones.

agreement({"a": text, "b": other}, ["first"], [program, tests])
  ->  Agreement(groups=(("a",), ("b",)), question="Should first([]) be None or 0?")
"""

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cogitate.coding.syntax import parsed
from cogitate.errors import SandboxError
from cogitate.sandbox import Call, Sandbox
from cogitate.work.behaviour import RAISES, behaviours, clusters, varied

_MAX_SHOWN = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Which patches do the same.

    Example: Agreement(groups=((1, 3), (2,)), question="Should first([]) be None or 0?")
    """

    groups: tuple[tuple[int, ...], ...]
    """Indices of texts that do the same on all inputs."""
    question: str | None = None
    """What tells the first two groups apart, if they are there."""


def agreement(texts: Sequence[str], names: Sequence[str], known: Sequence[str]) -> Agreement:
    """Return which texts of a file do the same; those that do not run in the sandbox agree.

    Args:
        texts: those that pass.
        names: functions to call.
        known: programs and tests that call them with literals.
    """
    everyone = Agreement(groups=(tuple(range(len(texts))),))
    calls = varied([text for text in known if parsed(text)], names)
    if len(texts) < 2 or not calls:
        return everyone
    try:
        with Sandbox(workers=1) as sandbox:
            found = behaviours(texts, calls, sandbox.run)
    except SandboxError:
        return everyone
    groups = clusters(found)
    first = [found[group[0]].outcomes for group in groups[:2]]
    question = _question(calls, first[0], first[1]) if len(first) > 1 else None
    return Agreement(groups=tuple(map(tuple, groups)), question=question)


def _question(calls: Sequence[Call], one: Sequence[str], other: Sequence[str]) -> str | None:
    """Return a question for the first short call on which two groups differ."""
    pairs = [
        (str(call), left, right)
        for call, left, right in zip(calls, one, other, strict=False)
        if left != right and max(len(left), len(right)) <= _MAX_SHOWN
    ]
    if not pairs:
        return None
    call, left, right = min(pairs, key=lambda pair: sum(map(len, pair)))
    if not any(outcome.startswith(RAISES) for outcome in (left, right)):
        return f"Should {call} be {left} or {right}?"
    return f"Should {call} {_in_words(left)} or {_in_words(right)}?"


def _in_words(outcome: str) -> str:
    """Return what a call should do: "be 0", or "raise IndexError"."""
    return (
        f"raise {outcome.removeprefix(RAISES)}" if outcome.startswith(RAISES) else f"be {outcome}"
    )


def changed(old: str, new: str) -> list[str]:
    """Return the names of functions that two texts of a file define differently."""
    return sorted(
        name
        for name, text in _functions(new).items()
        if _functions(old).get(name, text) != text or name not in _functions(old)
    )


def _functions(text: str) -> Mapping[str, str]:
    program = parsed(text)
    body = program.body if program else []
    return {node.name: ast.dump(node) for node in body if isinstance(node, ast.FunctionDef)}
