"""Bugs that are put into a program, and the report that a person would give of each.

A slip of the pen, a mutant, or a constant that is not defined. Where the docstring does not state
its value either, nobody can know it, and the only correct answer is to ask for it.

get_total -> "return sum(number)" -> "get_total([1]) raises NameError: name 'number' is not
defined (line 3)"
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from cogitate.sandbox.values import same
from cogitate.tasks.families.code.drawing import call_of, docstring, says
from cogitate.tasks.families.code.operations import filled
from cogitate.tasks.families.code.programs import KEPT, Program, run

_FILE = "<broken>"
_MISSPELLED = {
    "len(": "length(", "sum(": "add(", "sorted(": "sort(", "max(": "maximum(", "min(": "minimum(",
    "str(": "string(", "int(": "integer(", "abs(": "absolute(", "list(": "to_list(",
}  # fmt: skip
_CONSTANTS = ("SETTING", "OPTION", "VALUE", "PARAMETER")
_STATED_SHARE = 0.5
"""Share of the constants whose value the docstring states."""
_CRASH_SHARE = 0.5
"""Share of the bugs that end in an exception, where a program allows both kinds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bug:
    """A broken program and what is wrong with it.

    Example: Bug(source="def f(numbers): ...", report="f([1]) returns 2, but must return 1.",
    text="Add up all numbers. Return the result.")
    """

    source: str
    report: str
    text: str
    """Of the docstring."""
    asks: str | None = None
    """Name of the constant whose value has to be asked for."""


def draw_constant(rng: Random, program: Program, visible: Sequence[Any]) -> Bug | None:
    """Draw a constant that is not defined; None if the program has no parameter."""
    places = [i for i, step in enumerate(program.steps) if step.value is not None]
    if not places:
        return None
    place, name = rng.choice(places), rng.choice(_CONSTANTS)
    step, clauses, chain = program.steps[place], program.clauses, list(program.chain)
    clauses[place] = filled(step.operation.says, name)
    chain[place] = filled(step.operation.code, name)
    is_stated = rng.random() < _STATED_SHARE
    text = says(clauses) + (f" {name} is {step.value!r}." if is_stated else "")
    source = with_docstring(program.source(tuple(chain)), text)
    report = _report(source, program, visible)
    asks = None if is_stated else name
    return Bug(source=source, report=report, text=text, asks=asks) if report else None


def draw(rng: Random, program: Program, visible: Sequence[Any]) -> Bug | None:
    """Draw a bug that shows on a visible input; None if there is none."""
    text = says(program.clauses)
    mutants = program.mutants()
    mutants += [mutant for mutant in program.dropped() if mutant.count(KEPT) == 1]
    correct = with_docstring(program.source(), text)
    wrong = [with_docstring(program.source(mutant), text) for mutant in mutants]
    kinds = [wrong, list(_crashes(program, correct))]
    if rng.random() < _CRASH_SHARE:
        kinds.reverse()
    for sources in kinds:
        rng.shuffle(sources)
        for source in sources:
            if report := _report(source, program, visible):
                return Bug(source=source, report=report, text=text)
    return None


def with_docstring(source: str, text: str) -> str:
    """Return a function's source with a docstring."""
    head, colon, body = source.partition(":\n")
    return f"{head}{colon}{docstring(text)}\n{body}"


def _crashes(program: Program, source: str) -> Iterator[str]:
    """Yield sources with one slip of the pen."""
    head, quotes, body = source.rpartition('"""\n')
    before = head + quotes
    for found in re.finditer(rf"\b{program.variable}\b", body):
        yield f"{before}{body[: found.end() - 1]}{body[found.end() :]}"
    for found in re.finditer(r"\.[a-z]+(?=\()", body):
        yield f"{before}{body[: found.end() - 1]}{body[found.end() :]}"
    for right, wrong in _MISSPELLED.items():
        for found in re.finditer(rf"(?<![\w.]){re.escape(right)}", body):
            yield f"{before}{body[: found.start()]}{wrong}{body[found.end() :]}"
    for found in re.finditer(r"\)$", body, re.MULTILINE):
        yield f"{before}{body[: found.start()]}{body[found.end() :]}"
    yield before + body.replace("return ", "", 1)
    yield source.replace(":\n", "\n", 1)


def _report(source: str, program: Program, visible: Sequence[Any]) -> str | None:
    """Return what the first visible input that fails shows."""
    scope: dict[str, Any] = {}
    try:
        exec(compile(source, _FILE, "exec"), scope)
    except SyntaxError as error:
        return f"SyntaxError: {error.msg} (line {error.lineno})"
    for value in visible:
        call, expected = call_of(program, value), run(program.chain, value)
        try:
            result = scope[program.name](value)
        except Exception as error:  # noqa: BLE001 - it is the report
            return f"{call} raises {type(error).__name__}: {error} (line {_line(error)})"
        if not same(result, expected):
            return f"{call} returns {result!r}, but must return {expected!r}."
    return None


def _line(error: Exception) -> int | None:
    line, step = None, error.__traceback__
    while step is not None:
        if step.tb_frame.f_code.co_filename == _FILE:
            line = step.tb_lineno
        step = step.tb_next
    return line
