"""Any data set of the package reasoning-gym, by name: `reasoning_gym:spell_backward`.

    (name, split, seed, level) -> hash -> index -> entry -> Task

Its own seeds would leak: item i of seed 42 is item i - 1 of seed 43. Ours are hashes, and a
hash of the question decides the split. Its scores pay for answers that merely contain the
right one; here only a full score counts. Its scorers evaluate what a model wrote, so all of it
runs in a child process (see cogitate.tasks.isolated).
"""

import difflib
import importlib
import re
from functools import cache
from typing import Any

from cogitate.errors import UsageError
from cogitate.tasks.splits import content_share, need_level, need_split, normalised, train_or_test
from cogitate.types import Task, Verdict
from cogitate.verify.strict import is_number, shown

PREFIX = "reasoning_gym:"
SPLITS = ("train", "test")
_UNREADABLE = (ValueError, TypeError, SyntaxError, LookupError, ArithmeticError)
_TRIES = 64
_NUM_INDICES = 2**31
_SIZE = 5_000
"""Of the few data sets that draw all their items at once; the others have no end."""


class ReasoningGym:
    """The family of one data set. Levels are those of its curriculum; None is its default."""

    num_levels: int
    """There only where the data set has a curriculum."""

    def __init__(self, name: str) -> None:
        """Find the data set.

        Raises:
            UsageError: reasoning-gym is not installed or has no such data set.
        """
        self.name = name
        self._dataset_name = name.removeprefix(PREFIX)
        known = _datasets()
        if self._dataset_name not in known:
            near = difflib.get_close_matches(self._dataset_name, known, n=3)
            hint = f"; did you mean {' or '.join(near)}?" if near else ""
            raise UsageError(f"reasoning-gym has no data set {self._dataset_name!r}{hint}")
        if _factory().has_curriculum(self._dataset_name):
            self.num_levels = _num_levels(_factory().create_curriculum(self._dataset_name))

    def generate(self, split: str, seed: int, level: int | None = None) -> Task:
        """Return item `seed` of a split.

        Raises:
            UsageError: the data set has no such split or level, or its items are exhausted.
        """
        need_split(self.name, split, SPLITS)
        key = f"{self.name}/{split}/{seed}" + (f"/level{level}" if level else "")
        for attempt in range(_TRIES):
            index = int(content_share(f"{key}/{attempt}") * _NUM_INDICES)
            entry = _entry(self._dataset_name, level, index)
            question = str(entry["question"])
            if entry["answer"] is None:
                raise UsageError(f"{self.name} has no right answers to check its scorer with")
            if train_or_test(question) == split:
                return Task(
                    key=key,
                    family=self.name,
                    level=level or 0,
                    question=question,
                    target=str(entry["answer"]),
                    metadata={"cluster": normalised(question), "index": index, "level": level},
                )
        raise UsageError(f"{self.name} has no more {split} items at this level; use another")

    def verify(self, task: Task, answer: str) -> Verdict:
        """Give 1 for the data set's full score, else 0; its score is a part of the verdict."""
        level, index = task.metadata["level"], task.metadata["index"]
        entry = _entry(self._dataset_name, level, index)
        dataset = _dataset(self._dataset_name, level)
        try:
            score = float(dataset.score_answer(answer.strip(), entry))
        except _UNREADABLE as error:
            # Its scorers parse an answer before they judge it; ours is wrong if it does not parse.
            return Verdict(reward=0.0, why=f"{shown(answer)} cannot be read: {error}")
        right = score == 1.0 and not _hedges(task.target, answer.strip())
        why = "is right" if right else f"scores {score:g}; {shown(task.target)} would be right"
        return Verdict(reward=float(right), parts={"score": score}, why=f"{shown(answer)} {why}")


def _hedges(target: str, answer: str) -> bool:
    """Say whether an answer has several parts where one number or word is asked for.

    Some scorers search the answer for the part that fits.
    """
    if is_number(target):
        return not is_number(answer)
    if not re.search(r"[\s,;*+^(]", target):
        return bool(re.search(r"[\s,;]", answer))
    return target[0].isalnum() and answer.count(",") > target.count(",")


def _factory() -> Any:
    try:
        return importlib.import_module("reasoning_gym.factory")
    except ImportError as error:
        raise UsageError(
            "reasoning-gym is not installed: pip install 'cogitate[reasoning-gym]'"
        ) from error


@cache
def _datasets() -> tuple[str, ...]:
    return tuple(sorted(_factory().DATASETS))


@cache
def _dataset(name: str, level: int | None) -> Any:
    factory = _factory()
    defaults = {"seed": 0, "size": _SIZE}
    if level is None:
        return factory.create_dataset(name, **defaults)
    if not factory.has_curriculum(name):
        raise UsageError(f"{PREFIX}{name} has no levels")
    curriculum = factory.create_curriculum(name)
    need_level(PREFIX + name, level, _num_levels(curriculum))
    curriculum.set_global_level(level - 1)
    dataset_class, _ = factory.DATASETS[name]
    return dataset_class(curriculum.generate_configuration(defaults))


def _num_levels(curriculum: Any) -> int:
    return max(len(attribute.levels) for attribute in curriculum.attributes.values())


@cache
def _entry(name: str, level: int | None, index: int) -> dict[str, Any]:
    dataset = _dataset(name, level)
    try:
        return dataset[index]
    except IndexError:
        return dataset[index % _SIZE]
