"""Sorting: put numbers in order, by buckets with the same first digit.

    31 7 38 25, smallest first -> thought " 0: 7. 2: 25. 3: 31 38.", answer "7 25 31 38"

A thought has a bucket for each first digit, in order, with the numbers as they were given; a
self-correction starts a bucket with a wrong number. Level n has n + 2 numbers, of two digits up to
level 3 and of three from there; the ood split has numbers of four.
"""

from random import Random

from cogitate.tasks.splits import begin, draw_phrasing, draw_within
from cogitate.types import Task, Verdict
from cogitate.verify.strict import shown

PHRASINGS = (
    "Sort {numbers}, {order} first.",
    "Put {numbers} in order, {order} first.",
    "Order these, the {order} first: {numbers}.",
)
OOD_PHRASINGS = (
    "Write {numbers} sorted, starting with the {order}.",
    "Arrange {numbers} with the {order} first.",
)
NUM_LEVELS = 8
_LEVEL_WEIGHTS = (2, 3, 3, 2)
_OOD_RANGE = range(1000, 10_000)
_SELF_CORRECTION_SHARE = 0.25
"""Share of the buckets that begin with a wrong number, in solutions with self-corrections."""


class Sorting:
    """The family: see the module."""

    name = "sorting"
    num_levels = NUM_LEVELS

    def generate(self, split: str, seed: int, level: int | None = None) -> Task:
        """Return question `seed` of a split; without a level, of three to six numbers."""
        key, rng = begin(self.name, split, seed, level, self.num_levels)
        level = level or rng.choices(range(1, 5), _LEVEL_WEIGHTS)[0]
        num = level + 2
        among = _OOD_RANGE if split == "ood" else range(1, 100 if level < 4 else 1000)
        numbers = draw_within(
            split,
            lambda: rng.sample(among, num),
            _content,
            f"{self.name} questions of level {level}",
        )
        largest_first = rng.random() < 0.5
        phrasing = draw_phrasing(rng, split, PHRASINGS, OOD_PHRASINGS)
        return Task(
            key=key,
            family=self.name,
            level=level,
            question=phrasing.format(
                numbers=_listed(numbers), order="largest" if largest_first else "smallest"
            ),
            target=_listed(sorted(numbers, reverse=largest_first)),
            metadata={
                "cluster": _content(numbers),
                "numbers": numbers,
                "largest_first": largest_first,
            },
        )

    def verify(self, task: Task, answer: str) -> Verdict:
        """Return reward 1 for the numbers in order, separated by spaces or commas, else 0."""
        if answer.replace(",", " ").split() == task.target.split():
            return Verdict(reward=1.0, why=f"{shown(answer)} is right")
        return Verdict(reward=0.0, why=f"expected {shown(task.target)}, got {shown(answer)}")

    def demonstrate(self, task: Task) -> tuple[str, str]:
        """Sort into buckets, some of which begin with a wrong number."""
        return _buckets(task, Random(f"heaps/{task.key}"), _SELF_CORRECTION_SHARE), task.target

    def demonstrate_straight(self, task: Task) -> tuple[str, str]:
        """Sort into buckets."""
        return _buckets(task, Random(0), 0.0), task.target


def _buckets(task: Task, rng: Random, correction_share: float) -> str:
    """Return the buckets by first digit, of numbers padded to the length of the largest."""
    numbers: list[int] = task.metadata["numbers"]
    size = 10 ** (len(str(max(numbers))) - 1)
    thought = ""
    for first in sorted({n // size for n in numbers}, reverse=task.metadata["largest_first"]):
        bucket = [n for n in numbers if n // size == first]
        others = [n for n in numbers if n not in bucket]
        wrong = f"{rng.choice(others)} no " if others and rng.random() < correction_share else ""
        thought += f" {first}: {wrong}{_listed(bucket)}."
    return thought


def _listed(numbers: list[int]) -> str:
    return " ".join(map(str, numbers))


def _content(numbers: list[int]) -> str:
    """Return the canonical form of a question: the order of its numbers does not matter."""
    return _listed(sorted(numbers))
