"""The mixture of a run's tasks, and the slice that is held out to select checkpoints.

The test split must not select anything, so a slice of the train split is held out: the share
`HELD_OUT` of its clusters (words, templates), by a hash of the cluster's text. A word that is held
out is held out of every family of the run, in the drill too.

Tasks that share 13 words with HumanEval are left out of all phases.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from operator import attrgetter
from random import Random

from cogitate.config import RLConfig, TaskConfig
from cogitate.errors import UsageError
from cogitate.notices import say
from cogitate.prompt import prompt_tokens
from cogitate.protocols import Family
from cogitate.tasks import LEVEL, item, load_family, size
from cogitate.tasks.capabilities import Demonstrates, Finite, Interacts
from cogitate.tasks.contamination import NUM_WORDS, shares_words
from cogitate.tasks.families.wordings import FOR_EVALUATION, OPTION, SEEN
from cogitate.tokenizer import Tokenizer
from cogitate.types import Budget, Task, Verdict

HELD_OUT = 1 / 12
_TRIES_PER_TASK = 200
_ASKED = ("verify_later", "turn_later", "history", "one_block")
"""What decides how a family's tasks are asked and judged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One loaded part of a mixture."""

    family: Family
    weight: float
    level: int | None
    """None if it is not fixed."""


LevelOf = Callable[[Source], int | None]
"""Chooses the level of a task."""
Fits = Callable[[Family, Task], bool]
"""Tells whether a model can be asked a task."""


def _any(_family: Family, _task: Task) -> bool:
    return True


def room_for(tokenizer: Tokenizer, config: RLConfig, context: int) -> Fits:
    """Return whether a question leaves room to think and answer; of several turns, unknown."""

    def fits(family: Family, task: Task) -> bool:
        if isinstance(family, Interacts):
            return True
        prompt = prompt_tokens(tokenizer, task.question, Budget(think=config.think))
        return len(prompt) + config.think + (config.think > 0) + config.answer <= context

    return fits


class Mixture:
    """Families with their weights; a seed decides family and task."""

    def __init__(self, parts: Sequence[TaskConfig], sandbox_level: str = LEVEL) -> None:
        """Load and probe every family, with a minimum level of the sandbox.

        Raises:
            UsageError: a family is unknown, fails a probe, or is for evaluation alone, or a
                weight is not positive.
        """
        for part in parts:
            if part.weight <= 0:
                raise UsageError(f"{part.family}: a weight is more than 0, not {part.weight}")
            if part.family.endswith(FOR_EVALUATION):
                raise UsageError(f"{part.family} is for evaluation alone; train on {OPTION}{SEEN}")
        self.sources = [
            Source(
                family=load_family(part.family, sandbox_level),
                weight=part.weight,
                level=part.level,
            )
            for part in parts
        ]
        self._weights = [source.weight for source in self.sources]
        for source in self.sources:
            _tell_left_out(source.family)

    def draw(
        self, index: int, seed: int, level_of: LevelOf = attrgetter("level"), fits: Fits = _any
    ) -> tuple[Family, Task]:
        """Return a family, by `seed`, and its training task number `index`.

        Consecutive indices go through a file's questions without repetition in a round. A task of
        the held-out slice, one left out, or one that does not fit is replaced by another, by
        `seed`.
        """
        source = self.choose(seed)
        return source.family, _find(source.family, level_of(source), index, seed, fits)

    def choose(self, seed: int) -> Source:
        """Return a part of the mixture by `seed`, in proportion to the weights."""
        return Random(seed).choices(self.sources, self._weights)[0]


class HeldOut:
    """The held-out slice of a family's train split, as a family.

    Example: HeldOut(source, 100).generate("train", 3) -> the slice's task number 3
    """

    def __init__(self, source: Source, num_tasks: int, fits: Fits = _any) -> None:
        """Find up to `num_tasks` different tasks that fit; a small train split may have none."""
        self.name, self.level = source.family.name, source.level
        self._family = source.family
        for name in _ASKED:
            if hasattr(source.family, name):
                setattr(self, name, getattr(source.family, name))
        found: dict[str, Task] = {}
        num_all = size(source.family, "train", source.level)
        for index in range(num_tasks * _TRIES_PER_TASK if num_all is None else num_all):
            task = source.family.generate("train", index, source.level)
            if is_held_out(task) and fits(source.family, task):
                found.setdefault(item(source.family, task), task)
            if len(found) == num_tasks:
                break
        self._tasks = list(found.values())

    @property
    def num_tasks(self) -> int:
        """The number of tasks found, lower than requested if the train split is small."""
        return len(self._tasks)

    def generate(self, split: str, seed: int, level: int | None = None) -> Task:
        """Return task number `seed` of the slice, whatever the split and level."""
        del split, level
        return self._tasks[seed]

    def verify(self, task: Task, answer: str) -> Verdict:
        """Judge as the family itself does."""
        return self._family.verify(task, answer)


def is_held_out(task: Task) -> bool:
    """Return whether a task of the train split is held out to select checkpoints."""
    cluster = str(task.metadata.get("cluster", task.question)).casefold()
    share = int.from_bytes(sha256(f"held out/{cluster}".encode()).digest()[:8], "big") / 2**64
    return share < HELD_OUT


def is_contaminated(family: Family, task: Task) -> bool:
    """Return whether a task, with a solution that a file gives, shares words with HumanEval."""
    given: tuple[str, ...] = ()
    if isinstance(family, Demonstrates) and isinstance(family, Finite):
        given = family.demonstrate(task)
    return shares_words(task.question, task.target, *given)


def _tell_left_out(family: Family) -> None:
    """Say how many questions of a finite family are left out, if there are any."""
    num_all = size(family, "train") or 0
    tasks = (family.generate("train", index) for index in range(num_all))
    if num := sum(is_contaminated(family, task) for task in tasks):
        say(
            f"{family.name}: {num} of {num_all} training questions share {NUM_WORDS} words with"
            " HumanEval and are left out"
        )


def _find(family: Family, level: int | None, index: int, seed: int, fits: Fits) -> Task:
    rng = Random(seed)
    for _ in range(_TRIES_PER_TASK):
        task = family.generate("train", index, level)
        if not is_held_out(task) and not is_contaminated(family, task) and fits(family, task):
            return task
        index = rng.randrange(2**31)
    raise UsageError(
        f"{family.name} has no tasks to train on: its train split is too small, or always"
        " the same question, or its questions are too long for the model; add others"
    )
