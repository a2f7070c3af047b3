"""Probes that every family must pass before it is used in training or evaluation (DESIGN 5).

The target scores 1. An empty answer, the question itself, an answer off by one, another task's
answer and a list of all answers score 0. If several answers are correct (`several` in the
metadata), a near miss or another task's answer may be one: half of the target replaces both.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from cogitate.errors import UsageError
from cogitate.protocols import Family
from cogitate.tasks.capabilities import Interacts, RunsPrograms, size
from cogitate.types import Task
from cogitate.verify.judge import judge
from cogitate.verify.strict import same, shown

_NUMBER = re.compile(r"\d{1,1000}(\.\d{1,1000})?(e[+-]?\d{1,3})?")
_WORD = re.compile(r"[^\W_]+")

_CORRECT = "the correct answer"
NUM_TASKS = 6
"""Tasks probed in each of train and test."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """The result of one probe.

    Example: Probe(name="the correct answer", expected=1.0, failure=None)
    """

    name: str
    expected: float
    """Reward that the verifier should give."""
    failure: str | None
    """One line about the first task that failed; None if all passed."""
    judged: bool = True
    """False if the verifier failed, or failed on an earlier probe."""


def run_probes(family: Family) -> list[Probe]:
    """Run every probe on a few tasks of the train and test splits.

    Raises:
        UsageError: the family makes no tasks, or the same key gives two different ones.
    """
    tasks = _tasks(family)
    kinds = [_CORRECT, "an empty answer", "the question's own text",
             "an answer off by one", "another task's answer", "a list of all answers"]  # fmt: skip
    if isinstance(family, Interacts):  # the target need not be the first answer
        kinds.remove(_CORRECT)
    failures: dict[str, str] = {}
    without_verdict: list[str] = []
    for task, name, expected, answer in _tries(tasks):
        if name not in kinds or (name == _CORRECT and _has_no_target(family, task)):
            continue
        verdict = judge(family, task, answer)
        if verdict.reward != expected and name not in failures:
            scored = "no reward" if verdict.reward is None else f"{verdict.reward:g}"
            failures[name] = (
                f"{shown(answer)} for {shown(task.question)} gets {scored},"
                f" not {expected:g} ({verdict.why})"
            )
        if verdict.reward is None:  # a verifier that hangs would do so on every other answer too
            untried = kinds[kinds.index(name) + 1 :]
            without_verdict = [name, *untried]
            failures = dict.fromkeys(untried, "not tried, the verifier itself failed") | failures
            break
    return [
        Probe(
            name=name,
            expected=float(name == _CORRECT),
            failure=failures.get(name),
            judged=name not in without_verdict,
        )
        for name in kinds
    ]


def probe(family: Family) -> Family:
    """Return the family if it passes every probe.

    Raises:
        UsageError: names the first probe that failed, with its task.
    """
    for result in run_probes(family):
        if result.failure:
            raise UsageError(f"{family.name} is refused: {result.name}: {result.failure}")
    return family


def _has_no_target(family: Family, task: Task) -> bool:
    """Return whether nothing says what is correct, as for tests without a reference."""
    return isinstance(family, RunsPrograms) and not task.target


def _tries(tasks: Sequence[Task]) -> Iterator[tuple[Task, str, float, str]]:
    for task in tasks:
        for name, expected, answer in _answers(task, tasks):
            yield task, name, expected, answer


def _answers(task: Task, tasks: Sequence[Task]) -> Iterator[tuple[str, float, str]]:
    others = [other.target for other in tasks if not same(other.target, task.target, units=True)]
    yield _CORRECT, 1.0, task.target
    yield "an empty answer", 0.0, ""
    if not same(task.question, task.target, units=True):
        yield "the question's own text", 0.0, task.question
    several = task.metadata.get("several", False)
    half = task.target[: len(task.target) // 2]
    yield "an answer off by one", 0.0, half if several else off_by_one(task.target)
    if others and not several:
        yield "another task's answer", 0.0, others[0]
    if others:
        yield "a list of all answers", 0.0, ", ".join([task.target, *others])


def off_by_one(target: str) -> str:
    """Return a near miss: the last number of a text plus one, or its last word changed.

    Example: off_by_one("3") -> "4"; off_by_one("x + 9") -> "x + 10"; off_by_one("Lima") -> "Limaa"
    """
    numbers, words = list(_NUMBER.finditer(target)), list(_WORD.finditer(target))
    if not numbers and not words:
        return target + "1"
    last = (numbers or words)[-1]
    part = last.group()
    changed = _next_number(part) if numbers else part + part[-1]
    return target[: last.start()] + changed + target[last.end() :]


def _next_number(number: str) -> str:
    """Add one; to a decimal at least a tenth of its value, beyond any tolerance."""
    if number.isdecimal():
        return str(int(number) + 1)
    value = Decimal(number)
    return str(value + max(Decimal(1), value / 10))


def _tasks(family: Family) -> list[Task]:
    tasks: list[Task] = []
    for split in ("train", "test"):
        num = size(family, split)
        seeds = range(NUM_TASKS if num is None else min(num, NUM_TASKS))
        for seed in seeds:
            task = family.generate(split, seed)
            if family.generate(split, seed) != task:
                raise UsageError(f"{family.name} is refused: {task.key} gives two different tasks")
            tasks.append(task)
    if not tasks:
        raise UsageError(f"{family.name} has no tasks")
    return tasks
