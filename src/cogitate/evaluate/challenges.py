"""Challenges: questions that somebody said models cannot answer, kept for ever.

    challenges.jsonl            one line each: {"question": ..., "answer": ..., "note": ...}
    challenges.history.jsonl    one line for each try of a model at one budget

Lines are only ever added, so that git can merge two copies of a file by taking the lines of both
(`merge=union` in .gitattributes). A challenge is solved by a model that answers it correctly in
more than three quarters of its samples at one of the budgets; half would be luck where there are
two answers.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, get_type_hints

from cogitate.disk import append_line, encodable
from cogitate.errors import UsageError
from cogitate.evaluate.result import FamilyResult
from cogitate.protocols import Family
from cogitate.tasks.splits import need_level, normalised
from cogitate.types import Task, Verdict
from cogitate.verify import judge
from cogitate.verify.sentences import says

SOLVED = 0.75
"""Share of a challenge's samples above which it is solved."""
_CONFLICT = "<<<<<<<", "|||||||", "=======", ">>>>>>>"
"""How lines begin that git adds where it cannot merge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """One question with its answer.

    Example: Challenge(question="How many r's are in strawberry?", answer="3", family="",
    note="https://example.com/post/1", added="2026-11-30")
    """

    question: str
    answer: str
    family: str = ""
    """Whose verifier judges; empty: `says` does."""
    note: str = ""
    added: str = ""
    """The date, as 2026-11-30."""

    @property
    def key(self) -> str:
        """Identifies it by its question, whatever its case and white space."""
        return hashlib.blake2b(normalised(self.question).encode(), digest_size=6).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One model's try at one challenge, at one budget.

    Example: Attempt(key="a1b2", target="3", model="mini", weights="6f0c", think=64, samples=8,
    correct=7, answer="3", when="2026-11-30")
    """

    key: str
    target: str
    """The correct answer by which it was judged."""
    model: str
    weights: str
    """The fingerprint of its weights."""
    think: int | None
    """Most thought tokens; None without a limit."""
    samples: int
    correct: int
    answer: str
    """The most common answer."""
    when: str

    @property
    def is_solved(self) -> bool:
        """Whether more than three quarters of the samples are correct."""
        return self.correct > SOLVED * self.samples


def read_challenges(path: Path) -> list[Challenge]:
    """Return the challenges of a file, each question once.

    Raises:
        UsageError: there is no such file, or a line is no challenge.
    """
    if not path.is_file():
        raise UsageError(f"there is no file {path}: begin it with cogitate challenge add")
    found: dict[str, Challenge] = {}
    for line in _lines(path, Challenge, ("question", "answer")):
        challenge = Challenge(**line)
        there = found.setdefault(challenge.key, challenge)
        if (there.answer, there.family) != (challenge.answer, challenge.family):
            raise UsageError(
                f"{path} has two answers to {challenge.question!r}: {there.answer!r} and"
                f" {challenge.answer!r}; leave one line"
            )
    return list(found.values())


def add_challenge(path: Path, challenge: Challenge, family: Family | None) -> None:
    """Add a challenge to a file, which may be new.

    Bytes of its texts that are no UTF-8, as a terminal may pass on, become "?".

    Raises:
        UsageError: it is there already, or its own answer is not judged as correct.
    """
    challenge = Challenge(**{name: encodable(text) for name, text in asdict(challenge).items()})
    for name in ("question", "answer"):
        if not getattr(challenge, name).strip():
            raise UsageError(f"a challenge needs {'an' if name == 'answer' else 'a'} {name}")
    known = {other.key: other for other in read_challenges(path)} if path.is_file() else {}
    if (there := known.get(challenge.key)) is not None:
        raise UsageError(f"{path} has this challenge already, with the answer {there.answer!r}")
    task = _task(challenge, 0)
    for answer, reward in ((challenge.answer, 1.0), ("", 0.0)):
        verdict = _verdict(family, task, answer)
        if verdict.reward != reward:
            judge_name = challenge.family or "the comparison of answers"
            raise UsageError(
                f"{judge_name} gives {verdict.reward} to the answer {answer!r}, not {reward:g}:"
                f" {verdict.why}"
            )
    values = {name: value for name, value in asdict(challenge).items() if value}
    append_line(path, json.dumps(values, ensure_ascii=False))


class Challenges:
    """The challenges of a file as a family, in their order."""

    name = "challenges"

    def __init__(self, challenges: Sequence[Challenge], families: Mapping[str, Family]) -> None:
        """Take the challenges, and the families whose verifiers they name."""
        self._challenges, self._families = challenges, families

    def size(self, split: str, level: int | None = None) -> int:
        """Return how many there are; all are for evaluation."""
        return len(self._challenges) if split == "test" and level in (None, 1) else 0

    def generate(self, split: str, seed: int, level: int | None = None) -> Task:
        """Return challenge number `seed`.

        Raises:
            UsageError: there is no such one.
        """
        need_level(self.name, level, 1)
        if split != "test" or not 0 <= seed < len(self._challenges):
            raise UsageError(f"there are {len(self._challenges)} challenges, of the split test")
        return _task(self._challenges[seed], seed)

    def verify(self, task: Task, answer: str) -> Verdict:
        """Judge by the family that the challenge names, or by `says`."""
        return _verdict(self._families.get(task.metadata["judge"]), task, answer)


def attempts_of(
    result: FamilyResult, model: str, weights: str, think: int | None, when: str
) -> list[Attempt]:
    """Return what came of a run over `Challenges`, one attempt each."""
    return [
        Attempt(
            key=record.cluster,
            target=record.target,
            model=model,
            weights=weights,
            think=think,
            samples=record.samples,
            correct=record.right or 0,
            answer=record.answer,
            when=when,
        )
        for record in result.records
        if record.strict is not None
    ]


def history_of(path: Path) -> Path:
    """Return the file of attempts that belongs to a file of challenges."""
    return path.with_name(f"{path.stem}.history.jsonl")


def read_attempts(path: Path) -> list[Attempt]:
    """Return the attempts of a file of them; none if it is not there.

    Raises:
        UsageError: a line is no attempt.
    """
    if not path.is_file():
        return []
    needed = [field.name for field in fields(Attempt)]
    return [Attempt(**line) for line in _lines(path, Attempt, needed)]


def add_attempts(path: Path, attempts: Iterable[Attempt]) -> None:
    """Add attempts to a file, one line each."""
    for attempt in attempts:
        append_line(path, json.dumps(asdict(attempt), ensure_ascii=False))


def first_solved(
    challenges: Iterable[Challenge], attempts: Iterable[Attempt]
) -> dict[str, Attempt]:
    """Return for each challenge the first attempt that solved it, by its key.

    Attempts that were judged by another answer do not count. Of one day it is the first in the
    file; of one run the one with the smallest budget.
    """
    targets = {challenge.key: challenge.answer for challenge in challenges}
    found: dict[str, Attempt] = {}
    for attempt in sorted(attempts, key=lambda attempt: attempt.when):
        if attempt.is_solved and attempt.target == targets.get(attempt.key):
            found.setdefault(attempt.key, attempt)
    return found


def _task(challenge: Challenge, number: int) -> Task:
    return Task(
        key=f"challenges/test/{number}",
        family="challenges",
        level=1,
        question=challenge.question,
        target=challenge.answer,
        metadata={"cluster": challenge.key, "judge": challenge.family},
    )


def _verdict(family: Family | None, task: Task, answer: str) -> Verdict:
    if family is not None:
        return judge(family, task, answer)
    is_right = says(task.question, task.target, answer)
    return Verdict(reward=float(is_right), why="" if is_right else f"expected {task.target!r}")


def _lines(path: Path, kind: type[Any], needed: Sequence[str]) -> list[dict[str, Any]]:
    """Return the lines of a JSONL file as arguments of a dataclass.

    Raises:
        UsageError: a line is not an object, or a key is unknown, missing or of another type.
    """
    hints = get_type_hints(kind)
    found: list[dict[str, Any]] = []
    try:
        lines = path.read_text(encoding="utf-8").split("\n")  # a text may hold other line ends
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8 text: {error}") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            values = dict(json.loads(line))
        except (ValueError, TypeError) as error:
            if line.startswith(_CONFLICT):
                raise UsageError(
                    f"{path}, line {number}: git could not merge two copies: keep the lines of both"
                    f" and delete those that begin with {', '.join(_CONFLICT)}"
                ) from error
            raise UsageError(f"{path}, line {number}: not a JSON object: {error}") from error
        if wrong := [key for key in values if key not in hints] or [
            key for key in needed if key not in values
        ]:
            raise UsageError(f"{path}, line {number}: {wrong[0]!r} is unknown or missing")
        for key, value in values.items():
            if not isinstance(value, hints[key]):
                raise UsageError(f"{path}, line {number}: {key} is {value!r}, of another type")
            if isinstance(value, str) and value != encodable(value):
                raise UsageError(f"{path}, line {number}: {key} has half of a character")
        found.append(values)
    return found
