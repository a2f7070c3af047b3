"""A family made of a user's functions."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from cogitate.errors import UsageError
from cogitate.tasks.capabilities import Levelled
from cogitate.tasks.files.rows import parse_row, task_of
from cogitate.tasks.splits import need_level
from cogitate.types import Task, Verdict

Function = Callable[..., Any]


class Generated:
    """Tasks that a user's function generates, with the capabilities that the file adds."""

    unread: Sequence[str] = ()
    """One line for each part of the file that resembles a capability but is none."""

    def __init__(self, name: str, generate: Function, parts: Mapping[str, Any]) -> None:
        """Keep the function and the parts."""
        self.name, self._generate = name, generate
        for part, value in parts.items():
            setattr(self, part, value)

    def generate(self, split: str, seed: int, level: int | None = None) -> Task:
        """Return the result of the user's `generate` as a Task."""
        if isinstance(self, Levelled):
            need_level(self.name, level, self.num_levels)
        made = self._generate(split, seed, level)
        key = f"{split}/{seed}" + (f"/level{level}" if level is not None else "")
        return _task(self.name, "generate", key, made, level)


class Functions(Generated):
    """A family made of a user's functions."""

    def __init__(
        self, name: str, generate: Function, verify: Function, parts: Mapping[str, Any]
    ) -> None:
        """Keep the functions."""
        super().__init__(name, generate, parts)
        self._verify = verify

    def verify(self, task: Task, answer: str) -> Verdict:
        """Return the result of the user's `verify` as a Verdict."""
        return as_verdict(self._verify(task, answer))


def as_lessons(where: str, lessons: Function, pieces: Sequence[str]) -> list[Task]:
    """Return drill items as tasks; their questions keep white space as it is."""
    made = [
        (_task(where, "lessons", f"lesson/{i}", one), one) for i, one in enumerate(lessons(pieces))
    ]
    return [
        task if task is one else replace(task, question=str(one["question"])) for task, one in made
    ]


def as_verdict(given: Any) -> Verdict:
    """Return a user's result as a strict verdict: a score of 1 is correct, a lower one wrong.

    Example: as_verdict(0.5) -> Verdict(reward=0.0, parts={"score": 0.5}, why="score 0.5")

    Raises:
        TypeError: the result is neither a Verdict nor a number.
        ValueError: the score is not within 0 to 1.
    """
    if isinstance(given, Verdict):
        return given
    if given is None:
        return Verdict(reward=None, why="the verifier gave no reward")
    score = float(given)
    if not 0 <= score <= 1:
        raise ValueError(f"the score {score:g} is not within 0 to 1")
    return Verdict(reward=float(score == 1), parts={"score": score}, why=f"score {score:g}")


def _task(where: str, part: str, key: str, made: Any, level: int | None = None) -> Task:
    """Return a task, which may be given as a dictionary with the columns of a file's row."""
    if isinstance(made, Task):
        return made
    if not isinstance(made, dict):
        raise UsageError(f"{where}: `{part}` returned {made!r}, not a Task or dictionary")
    row = parse_row(f"{where}: `{part}`", 0, {"level": level, **cast("dict[str, Any]", made)})
    return task_of(row, where, f"{where}/{key}")
