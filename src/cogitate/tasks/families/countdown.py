"""Countdown: reach a number with given numbers, by search.

    3 7 25 -> 46: thought " 25-7=18 18*3=54 no. 7*3=21 21+25=46 yes", answer "7*3+25"

A thought is a search, as in Stream of Search (arXiv 2404.03683). Each attempt begins with another
step, ends as near to the target as possible, and is compared with it; so more attempts find more.
First steps follow a fixed cyclic order from any start, so that the last attempt determines the
next and none is repeated. Every expression that uses each number once and equals the target is
correct.
Levels have more and larger numbers, and more signs; the ood split has larger numbers and results
than any level.
"""

import ast
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from random import Random

from cogitate.tasks.splits import begin, draw_phrasing, draw_within
from cogitate.types import Task, Verdict
from cogitate.verify.strict import shown

PHRASINGS = (
    "Use {numbers} to reach {target}.",
    "Reach {target} with {numbers}, each used once.",
    "Combine {numbers} so that the result is {target}.",
)
OOD_PHRASINGS = (
    "Get {target} out of all of {numbers}.",
    "Find a sum that uses {numbers} once each and equals {target}.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """Difficulty: the number of numbers, the largest one, and the signs."""

    num_numbers: int
    highest: int
    signs: str


LEVELS = (
    Level(num_numbers=2, highest=30, signs="+-"),
    Level(num_numbers=3, highest=10, signs="+-"),
    Level(num_numbers=3, highest=20, signs="+-*"),
    Level(num_numbers=4, highest=10, signs="+-*"),
    Level(num_numbers=4, highest=25, signs="+-*/"),
    Level(num_numbers=5, highest=25, signs="+-*/"),
    Level(num_numbers=6, highest=50, signs="+-*/"),
)
_LEVEL_WEIGHTS = (1, 3, 3, 2)
_OOD_NUMBERS = (51, 99)
_HIGHEST_RESULT, _OOD_HIGHEST_RESULT = 999, 9999
_MAX_FAILURES = 8
"""Maximum of failed attempts in a worked solution: of three numbers, all first steps but one."""
_INTUITION = 0.15
"""Share of the worked solutions whose first attempt reaches the target."""
_SEEN_THROUGH = 3
"""Count of remaining numbers from which the best continuation is searched exhaustively."""
_LONGEST_ANSWER = 200
_SIGNS = str.maketrans("×xX·÷−", "****/-")
_EXPRESSION = re.compile(r"[0-9+\-*/() ]+")
_NO_EXPRESSION = "this is no expression of whole numbers with + - * / ( )"

Step = tuple[int, str, int]
"""Two numbers and the sign between them."""


class Countdown:
    """The family: see the module."""

    name = "countdown"
    num_levels = len(LEVELS)

    def generate(self, split: str, seed: int, level: int | None = None) -> Task:
        """Return question `seed` of a split; without a level, of two to four numbers."""
        key, rng = begin(self.name, split, seed, level, self.num_levels)
        level = level or rng.choices(range(1, 5), _LEVEL_WEIGHTS)[0]
        numbers, steps = draw_within(
            split,
            lambda: _draw(rng, LEVELS[level - 1], further=split == "ood"),
            lambda drawn: _content(drawn[0], result(drawn[1][-1])),
            f"{self.name} questions of level {level}",
        )
        target = result(steps[-1])
        *others, last = map(str, numbers)
        return Task(
            key=key,
            family=self.name,
            level=level,
            question=draw_phrasing(rng, split, PHRASINGS, OOD_PHRASINGS).format(
                target=target, numbers=f"{', '.join(others)} and {last}"
            ),
            target=expression(numbers, steps),
            metadata={
                "cluster": _content(numbers, target),
                "numbers": numbers,
                "wanted": target,
                "steps": [list(step) for step in steps],
            },
        )

    def verify(self, task: Task, answer: str) -> Verdict:
        """Return reward 1 for any expression that uses each number once and equals the target."""
        wrong = fault(answer, task.metadata["numbers"], task.metadata["wanted"])
        if wrong is None:
            return Verdict(reward=1.0, why=f"{shown(answer)} is right")
        return Verdict(reward=0.0, why=f"{shown(answer)}: {wrong}")

    def derives(self, thought: str, answer: str) -> bool:
        """Return whether some attempt in the thought has the value of the answer."""
        try:
            value = _value(ast.parse(answer.partition("=")[0].translate(_SIGNS), mode="eval").body)
        except (SyntaxError, ValueError, RecursionError, MemoryError, ZeroDivisionError):
            return False
        return re.search(rf"=\s*{value}(?!\d)", thought) is not None

    def demonstrate(self, task: Task) -> tuple[str, str]:
        """Try first steps in order until one reaches the target."""
        numbers: list[int] = task.metadata["numbers"]
        *failures, found = _search(Random(f"attempts/{task.key}"), task)
        tried = "".join(f" {written(steps)} no." for steps in failures)
        return f"{tried} {written(found)} yes", expression(numbers, found)

    def demonstrate_straight(self, task: Task) -> tuple[str, str]:
        """Return only the attempt that reaches the target."""
        return f" {written(_solution(task))} yes", task.target


def result(step: Step) -> int:
    """Return the result of one step.

    Example: result((7, "*", 3)) -> 21
    """
    a, sign, b = step
    return {"+": a + b, "-": a - b, "*": a * b, "/": a // b if b else 0}[sign]


def written(steps: Sequence[Step]) -> str:
    """Return steps as text with their results.

    Example: written([(7, "*", 3), (21, "+", 25)]) -> "7*3=21 21+25=46"
    """
    return " ".join(f"{a}{sign}{b}={result((a, sign, b))}" for a, sign, b in steps)


def expression(numbers: Sequence[int], steps: Sequence[Step]) -> str:
    """Join steps to one expression, with parentheses where they are needed.

    Example: expression((3, 7, 25), [(7, "+", 3), (25, "*", 10)]) -> "25*(7+3)"
    """
    made = [(number, str(number), "") for number in numbers]
    for a, sign, b in steps:
        parts = [_take(made, value) for value in (a, b)]
        left, right = (
            f"({text})" if _needs_parentheses(inner, sign, right=place == 1) else text
            for place, (_, text, inner) in enumerate(parts)
        )
        made.append((result((a, sign, b)), f"{left}{sign}{right}", sign))
    return made[-1][1]


def fault(answer: str, numbers: Sequence[int], target: int) -> str | None:
    """Return what is wrong with an answer, or None; equations and the signs × and ÷ are valid."""
    text = answer.strip().translate(_SIGNS)
    left, equals, right = (part.strip() for part in text.partition("="))
    if equals and left == str(target):
        left, right = right, left
    if equals and right != str(target):
        return f"it should come to {target}"
    if len(left) > _LONGEST_ANSWER or not _EXPRESSION.fullmatch(left):
        return _NO_EXPRESSION
    try:
        tree = ast.parse(left, mode="eval").body
        used = Counter(_leaves(tree))
        value = _value(tree)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return _NO_EXPRESSION
    except ZeroDivisionError:
        return "it divides by 0"
    if used != Counter(numbers):
        return f"it does not use {', '.join(map(str, numbers))} once each"
    return None if value == target else f"it is {value}, not {target}"


def _draw(rng: Random, level: Level, *, further: bool) -> tuple[list[int], list[Step]]:
    """Draw numbers and steps that combine them all to a positive result of limited size."""
    lowest, highest = _OOD_NUMBERS if further else (1, level.highest)
    max_result = _OOD_HIGHEST_RESULT if further else _HIGHEST_RESULT
    while True:
        numbers = [rng.randint(lowest, highest) for _ in range(level.num_numbers)]
        steps = _attempt(rng, numbers, level.signs, max_result)
        if 0 < result(steps[-1]) <= max_result:
            return numbers, steps


def _attempt(rng: Random, numbers: Sequence[int], signs: str, max_result: int) -> list[Step]:
    """Combine two numbers at a time, at random, until one is left; no result exceeds the limit."""
    left, steps = list(numbers), list[Step]()
    while len(left) > 1:
        a, b = (left.pop(rng.randrange(len(left))) for _ in range(2))
        step = rng.choice(list(_possible(max(a, b), min(a, b), signs, max_result)))
        steps.append(step)
        left.append(result(step))
    return steps


def _solution(task: Task) -> list[Step]:
    return [(a, sign, b) for a, sign, b in task.metadata["steps"]]


def _search(rng: Random, task: Task) -> Iterator[list[Step]]:
    """Yield attempts in the order of their first steps; only the last reaches the target."""
    numbers, target = task.metadata["numbers"], task.metadata["wanted"]
    signs, known = LEVELS[task.level - 1].signs, _solution(task)
    firsts = list(dict.fromkeys(step for step, _ in _steps_from(numbers, signs)))
    if known[0] not in firsts:  # larger than any that is tried
        firsts.append(known[0])
    start = firsts.index(known[0])
    if rng.random() >= _INTUITION:
        start -= rng.randint(0, min(_MAX_FAILURES, len(firsts) - 1))
    for first in firsts[start:] + firsts[:start]:
        others = _continuation(rng, _after(numbers, first), target, signs)
        steps = known if first == known[0] else [first, *others]
        yield steps
        if result(steps[-1]) == target:
            return


def _continuation(rng: Random, left: list[int], target: int, signs: str) -> list[Step]:
    """Take random steps until few numbers are left, then the steps that end nearest."""
    steps: list[Step] = []
    while len(left) > _SEEN_THROUGH:
        step, left = rng.choice(list(_steps_from(left, signs)))
        steps.append(step)
    return steps + _nearest(left, target, signs)


def _nearest(left: list[int], target: int, signs: str) -> list[Step]:
    """Return the steps that combine the remaining numbers to the value nearest to the target."""
    if len(left) == 1:
        return []
    found = [[step, *_nearest(after, target, signs)] for step, after in _steps_from(left, signs)]
    return min(found, key=lambda steps: abs(result(steps[-1]) - target))


def _steps_from(left: Sequence[int], signs: str) -> Iterator[tuple[Step, list[int]]]:
    """Yield each possible step with the numbers that remain after it."""
    for a, b in combinations(sorted(left, reverse=True), 2):
        for step in _possible(a, b, signs, _HIGHEST_RESULT):
            yield step, _after(left, step)


def _after(left: Sequence[int], step: Step) -> list[int]:
    """Return the numbers that remain after a step, including its result."""
    others = list(left)
    others.remove(step[0])
    others.remove(step[2])
    return [*others, result(step)]


def _possible(larger: int, smaller: int, signs: str, max_result: int) -> Iterator[Step]:
    """Yield the steps whose results are integers from 0 to about `max_result`."""
    yield larger, "+", smaller
    if "-" in signs:
        yield larger, "-", smaller
    if "*" in signs and larger * smaller <= max_result:
        yield larger, "*", smaller
    if "/" in signs and smaller > 1 and larger % smaller == 0:
        yield larger, "/", smaller


def _content(numbers: Sequence[int], target: int) -> str:
    return f"{' '.join(map(str, sorted(numbers)))} -> {target}"


def _take(made: list[tuple[int, str, str]], value: int) -> tuple[int, str, str]:
    """Remove and return the latest part that has this value."""
    place = max(i for i, part in enumerate(made) if part[0] == value)
    return made.pop(place)


def _needs_parentheses(inner: str, outer: str, *, right: bool) -> bool:
    if not inner:
        return False
    if outer in "*/":
        return inner in "+-" or (right and (outer == "/" or inner == "/"))
    return right and outer == "-" and inner in "+-"


def _leaves(tree: ast.expr) -> Iterator[int]:
    match tree:
        case ast.Constant(value=int(number)) if not isinstance(tree.value, bool):
            yield number
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() | ast.Mult() | ast.Div(), right=right):
            yield from _leaves(left)
            yield from _leaves(right)
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant() | ast.BinOp() as negated):
            yield from _leaves(negated)
        case _:
            raise ValueError


def _value(tree: ast.expr) -> Fraction:
    match tree:
        case ast.BinOp(left=left, op=op, right=right):
            a, b = _value(left), _value(right)
            match op:
                case ast.Add():
                    return a + b
                case ast.Sub():
                    return a - b
                case ast.Mult():
                    return a * b
                case _:
                    return a / b
        case ast.UnaryOp(operand=negated):
            return -_value(negated)
        case ast.Constant(value=int(number)):
            return Fraction(number)
        case _:
            raise ValueError
