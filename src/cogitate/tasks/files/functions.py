"""A family made of a user's functions."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from cogitate.errors import UsageError
from cogitate.tasks.capabilities import OPTIONAL
from cogitate.tasks.files.rows import parse_row
from cogitate.tasks.splits import need_level
from cogitate.types import Task, Verdict


class Functions:
    """A family made of a user's functions, with the capabilities that they add."""

    unread: Sequence[str] = ()
    """A line for each part of the file that seems to be a capability and is none."""

    def __init__(self, name: str, parts: Mapping[str, Any]) -> None:
        """Keep the functions: `generate`, `verify` and capabilities."""
        self.name = name
        self._parts = parts
        for part in parts.keys() & set(OPTIONAL):
            setattr(self, part, parts[part])
        if "lessons" in parts:
            self.lessons = self._lessons

    def generate(self, split: str, seed: int, level: int | None = None) -> Task:
        """Return what the user's `generate` gives, as a Task."""
        if "num_levels" in self._parts:
            need_level(self.name, level, self._parts["num_levels"])
        made = self._parts["generate"](split, seed, level)
        suffix = f"/level{level}" if level is not None else ""
        return self._task("generate", made, f"{split}/{seed}{suffix}", level)

    def verify(self, task: Task, answer: str) -> Verdict:
        """Return what the user's `verify` gives, as a Verdict."""
        return as_verdict(self._parts["verify"](task, answer))

    def _lessons(self, pieces: Sequence[str]) -> list[Task]:
        return [self._lesson(i, made) for i, made in enumerate(self._parts["lessons"](pieces))]

    def _lesson(self, number: int, made: Any) -> Task:
        """Return a lesson's task, whose question is learned as it stands, white space included."""
        task = self._task("lessons", made, f"lesson/{number}", None)
        return task if made is task else replace(task, question=str(made["question"]))

    def _task(self, part: str, made: Any, key: str, level: int | None) -> Task:
        """Return a task that may be a dictionary with the columns of a file's row."""
        if isinstance(made, Task):
            return made
        if not isinstance(made, dict):
            raise UsageError(f"{self.name}: `{part}` returned {made!r}, not a Task or dictionary")
        columns = {"level": level, **cast("dict[str, Any]", made)}
        row = parse_row(f"{self.name}: `{part}`", 0, columns)
        return Task(
            key=f"{self.name}/{key}",
            family=self.name,
            level=row.level,
            question=row.question,
            target=row.answer,
            metadata={**row.columns, "cluster": row.cluster},
        )


def as_verdict(given: Any) -> Verdict:
    """Return a user's judgement as a strict verdict: a score of 1 is right, a lower one wrong.

    Example: as_verdict(0.5) -> Verdict(reward=0.0, parts={"score": 0.5}, why="score 0.5")

    Raises:
        TypeError: it is neither a Verdict nor a number; ValueError: not within 0 to 1.
    """
    if isinstance(given, Verdict):
        return given
    if given is None:
        return Verdict(reward=None, why="the verifier gave no reward")
    score = float(given)
    if not 0 <= score <= 1:
        raise ValueError(f"the score {score:g} is not within 0 to 1")
    return Verdict(reward=float(score == 1), parts={"score": score}, why=f"score {score:g}")
