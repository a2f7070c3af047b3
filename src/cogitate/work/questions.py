r"""What candidates that pass disagree on: one call at a time, for the user to decide.

question = best_question(calls, found, [0, 1, 2])
question.text                           ->  "first([]): [] or None?"
as_tests([decided], tests, target)      ->  "def test_first_1():\n    assert first([]) == []"
"""

import ast
import builtins
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from cogitate.coding.syntax import tree_of
from cogitate.sandbox import Call
from cogitate.work.behaviour import RAISES, Behaviour
from cogitate.work.targets import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A call on which candidates differ.

    Example: Question(call=Call(function="first", args=([],)), options={"[]": (0, 2), "None": (1,)})
    """

    call: Call
    options: Mapping[str, tuple[int, ...]]
    """The numbers of the candidates by what they do, most first."""

    @property
    def text(self) -> str:
        """The question in words."""
        return f"{self.call}: {' or '.join(self.options)}?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What a call has to do.

    Example: Decided(call=Call(function="first", args=([],)), outcome="[]")
    """

    call: Call
    outcome: str


NEITHER, SKIP = "neither", "skip"
Ask = Callable[[Question], str]
"""Returns one of the question's options, NEITHER or SKIP."""


def settle(
    calls: Sequence[Call],
    found: Sequence[Behaviour],
    numbers: Sequence[int],
    ask: Ask,
    most: int,
) -> tuple[list[int], list[Decided]]:
    """Ask until the rest of the candidates agree, or `most` times; see `best_question`.

    Returns:
        The numbers of the candidates that do all that was decided, and that.
    """
    rest, decided, skipped = list(numbers), list[Decided](), list[Call]()
    for _ in range(most):
        left = [call for call in calls if call not in skipped]
        question = best_question(calls, found, rest, left)
        if question is None:
            break
        answer = ask(question)
        if answer == SKIP:
            skipped.append(question.call)
            continue
        rest = list(question.options.get(answer, ()))
        if answer == NEITHER:
            break
        decided.append(Decided(call=question.call, outcome=answer))
    return rest, decided


def best_question(
    calls: Sequence[Call],
    found: Sequence[Behaviour],
    numbers: Sequence[int],
    among: Sequence[Call] | None = None,
) -> Question | None:
    """Return the question that splits the behaviours best, or None if nothing can be asked.

    Of several, it is the one with the smallest call.

    Args:
        calls: those that the behaviours are of.
        found: behaviours of all candidates.
        numbers: those of the candidates in question.
        among: the calls that may be asked about; all by default.
    """
    questions = [
        _question(call, index, found, numbers)
        for index, call in enumerate(calls)
        if among is None or call in among
    ]
    useful = [q for q in questions if len(q.options) > 1 and all(map(_can_be_tested, q.options))]

    def left(question: Question) -> tuple[int, int]:
        kinds = (len({found[number] for number in group}) for group in question.options.values())
        return max(kinds), len(str(question.call))

    return min(useful, key=left, default=None)


def _question(
    call: Call, index: int, found: Sequence[Behaviour], numbers: Sequence[int]
) -> Question:
    options: dict[str, tuple[int, ...]] = {}
    for number in numbers:
        if index < len(found[number].outcomes):
            outcome = found[number].outcomes[index]
            options[outcome] = (*options.get(outcome, ()), number)
    return Question(
        call=call, options=dict(sorted(options.items(), key=lambda item: -len(item[1])))
    )


def _can_be_tested(outcome: str) -> bool:
    """Return whether a test can name the outcome: not NaN, for one."""
    if outcome.startswith(RAISES):
        return True
    try:
        ast.literal_eval(outcome)
    except (ValueError, SyntaxError):
        return False
    return True


# ---------------------------------------------------------------- tests


def as_tests(decided: Sequence[Decided], tests: Mapping[str, str], target: Target) -> str:
    """Return decisions as a test file, in the style of the present ones.

    Args:
        decided: at least one.
        tests: texts of the present test files, by name.
        target: the module under test.
    """
    trees = [tree_of(text) for text in tests.values()]
    own = {asked.name for asked in target.asked}
    kinds = {_exception(one, own) for one in decided}
    names = sorted({one.call.function for one in decided} | (kinds & own))
    source = _import(trees, names[0], target.module)
    head = f"from {source} import {', '.join(names)}"
    if _is_unittest(trees):
        cases = [_method(number, one, own) for number, one in enumerate(decided, 1)]
        body = "class TestDecided(unittest.TestCase):\n" + "\n".join(cases)
        return f"import unittest\n\n{head}\n\n\n{body}"
    functions = [_function(number, one, own) for number, one in enumerate(decided, 1)]
    head = f"import pytest\n\n{head}" if any(kinds) else head
    return f"{head}\n\n\n" + "\n\n".join(functions)


def _function(number: int, one: Decided, own: set[str]) -> str:
    call, kind = str(one.call), _exception(one, own)
    if kind:
        what = f"with pytest.raises({kind}):\n        {call}"
    else:
        what = f"assert {call} {'is' if _is_single(one.outcome) else '=='} {one.outcome}"
    return f"def test_{one.call.function}_{number}():\n    {what}\n"


def _method(number: int, one: Decided, own: set[str]) -> str:
    call, kind = str(one.call), _exception(one, own)
    if kind:
        what = f"with self.assertRaises({kind}):\n            {call}"
    else:
        same = "assertIs" if _is_single(one.outcome) else "assertEqual"
        what = f"self.{same}({call}, {one.outcome})"
    return f"    def test_{one.call.function}_{number}(self):\n        {what}\n"


def _exception(one: Decided, own: set[str]) -> str:
    """Return the name of the exception that is expected; empty if a value is."""
    kind = one.outcome.removeprefix(RAISES) if one.outcome.startswith(RAISES) else ""
    return kind if not kind or kind in own or hasattr(builtins, kind) else "Exception"


def _is_single(outcome: str) -> bool:
    return outcome in ("None", "True", "False")


def _is_unittest(trees: Sequence[ast.Module]) -> bool:
    """Return whether there are test cases of unittest, and no test functions."""
    nodes = [node for tree in trees for node in tree.body]
    cases = any(
        ast.unparse(base).endswith("TestCase")
        for node in nodes
        if isinstance(node, ast.ClassDef)
        for base in node.bases
    )
    functions = (n for n in nodes if isinstance(n, ast.FunctionDef))
    return cases and not any(node.name.startswith("test") for node in functions)


def _import(trees: Sequence[ast.Module], name: str, module: str) -> str:
    """Return where the tests import a name from, as they write it."""
    for node in (node for tree in trees for node in ast.walk(tree)):
        if isinstance(node, ast.ImportFrom) and name in [alias.name for alias in node.names]:
            return "." * node.level + (node.module or "")
    return module
