"""Programs: operations one after another, as readable source, as a docstring, and with mutants.

even, total -> "def get_even_total(numbers: list[int]) -> int: ..."
"""

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from random import Random
from typing import Any

from cogitate.tasks.families.code import inputs
from cogitate.tasks.families.code.lists import LISTS
from cogitate.tasks.families.code.operations import (
    COUNTS,
    NUMBER,
    NUMBERS,
    TEXT,
    VARIABLES,
    WORDS,
    Operation,
    Value,
)
from cogitate.tasks.families.code.texts import TEXTS

Chain = tuple[str, ...]
"""Expressions in X, each of which takes the value of the one before it."""
KEPT = "X"
"""The expression of a step that does nothing."""
_BEGINNINGS, _WEIGHTS = (NUMBERS, WORDS, TEXT, COUNTS, NUMBER), (5, 4, 4, 2, 1)
_NUM_TRIED, _VARIETY = 12, 5
"""Inputs on which steps are tried, and the minimum number of different values after each."""
_TRIES_PER_STEP = 20
_VERBS = ("get", "find", "make", "compute")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """An operation with its types and the value of its parameter.

    Example: Step(takes="list[int]", gives="int", operation=Operation("total", ...), value=None)
    """

    takes: str
    gives: str
    operation: Operation
    value: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A function: its name and its steps, at least one.

    Example: Program(name="get_even_total", steps=(Step(...), Step(...)))
    """

    name: str
    steps: tuple[Step, ...]

    @property
    def variable(self) -> str:
        """The name of the argument."""
        return self.variable_of(0)

    def variable_of(self, index: int) -> str:
        """Return the name of the variable that step `index` takes."""
        return VARIABLES[self.steps[index].takes]

    @property
    def signature(self) -> str:
        """Name, argument and types, as after `def`."""
        takes, gives = self.steps[0].takes, self.steps[-1].gives
        return f"{self.name}({self.variable}: {takes}) -> {gives}"

    @property
    def chain(self) -> Chain:
        """The expressions of the steps."""
        return tuple(step.operation.expression(step.value) for step in self.steps)

    @property
    def clauses(self) -> list[str]:
        """What each step does, in words."""
        return [step.operation.clause(step.value) for step in self.steps]

    @property
    def content(self) -> str:
        """The composition, whatever the order of its operations and their parameters."""
        return " ".join(sorted(f"{step.takes}:{step.operation.name}" for step in self.steps))

    def source(self, chain: Chain | None = None) -> str:
        """Return the function's source, or that of another chain of the same types."""
        lines = list(self.lines(chain or self.chain))
        head = "import math\n\n\n" if any("math." in line for line in lines) else ""
        return "\n    ".join([f"{head}def {self.signature}:", *lines])

    def lines(self, chain: Chain) -> Iterator[str]:
        """Yield the lines of the function's body."""
        for step, expression in zip(self.steps[:-1], chain[:-1], strict=True):
            if expression != KEPT:
                yield f"{VARIABLES[step.gives]} = {written(expression, VARIABLES[step.takes])}"
        yield f"return {written(chain[-1], VARIABLES[self.steps[-1].takes])}"

    def mutants(self) -> list[Chain]:
        """Return chains with one mistake; some may be equivalent to the correct one."""
        chain, found = self.chain, list[Chain]()
        for i, step in enumerate(self.steps):
            wrong = step.operation.mutants(step.value)
            found += [(*chain[:i], mutant, *chain[i + 1 :]) for mutant in wrong]
            if i and step.takes == step.gives == self.steps[i - 1].takes:
                found.append((*chain[: i - 1], chain[i], chain[i - 1], *chain[i + 1 :]))
        return found

    def dropped(self) -> list[Chain]:
        """Return chains that lack a step, or several in a row, with all types still correct."""
        chain, size = self.chain, len(self.steps)
        return [
            (*chain[:i], *[KEPT] * (j + 1 - i), *chain[j + 1 :])
            for i in range(size)
            for j in range(i, size)
            if self.steps[i].takes == self.steps[j].gives
        ]


def draw(rng: Random, num_steps: int) -> Program:
    """Draw a program that has no operation twice, and no step that does nothing."""
    steps: list[Step] = []
    takes = rng.choices(_BEGINNINGS, _WEIGHTS)[0]
    values = [inputs.draw(rng, takes) for _ in range(_NUM_TRIED)]
    for _ in range(_TRIES_PER_STEP * num_steps):
        if len(steps) == num_steps:
            named = [step.operation.name for step in steps[-2:]]
            return Program(name="_".join([rng.choice(_VERBS), *named]), steps=tuple(steps))
        used = {(step.takes, step.operation.name) for step in steps}
        step = _step(*rng.choice([key for key in _BY_TYPE[takes] if key not in used]), rng)
        chain = (step.operation.expression(step.value),)
        changed = [run(chain, value) for value in values]
        if changed != values and len(set(map(repr, changed))) >= _VARIETY:
            steps.append(step)
            takes, values = step.gives, changed
    return draw(rng, num_steps)  # a dead end


def read(name: str, takes: str, steps: Sequence[tuple[str, Value]]) -> Program:
    """Return the program of a task's metadata."""
    found: list[Step] = []
    for operation, value in steps:
        gives, known = _INDEX[takes, operation]
        found.append(Step(takes=takes, gives=gives, operation=known, value=value))
        takes = gives
    return Program(name=name, steps=tuple(found))


def run(chain: Chain, value: Any) -> Any:
    """Return what a chain makes of a value, or the exception that it raises."""
    try:
        for expression in chain:
            value = _function(expression)(value)
    except Exception as error:  # noqa: BLE001 - mutants may raise anything
        return error
    return value


def written(expression: str, variable: str) -> str:
    """Return an expression with a variable in place of X."""
    return re.sub(r"\bX\b", variable, expression)


@lru_cache(maxsize=8192)
def _function(expression: str) -> Callable[[Any], Any]:
    return eval(f"lambda X: {expression}", {"math": math})


def _step(takes: str, name: str, rng: Random) -> Step:
    gives, operation = _INDEX[takes, name]
    value = rng.choice(operation.values)
    return Step(takes=takes, gives=gives, operation=operation, value=value)


_INDEX = {
    (takes, operation.name): (gives, operation)
    for (takes, gives), operations in (LISTS | TEXTS).items()
    for operation in operations
}
_BY_TYPE = {takes: [key for key in _INDEX if key[0] == takes] for takes in VARIABLES}
