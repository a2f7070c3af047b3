"""Drill and cold start: groups of one target text each, learned with weight 1."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

from cogitate.config import DrillConfig
from cogitate.prompt import completion_tokens, prompt_tokens
from cogitate.seeds import derive, first_index
from cogitate.tasks.capabilities import Demonstrates, Drills, WithoutThoughts
from cogitate.tasks.contamination import shares_words
from cogitate.tokenizer import Tokenizer
from cogitate.train.data.batch import Batch, learned
from cogitate.train.data.mixture import Mixture, is_held_out
from cogitate.train.data.solutions import Solutions
from cogitate.types import Budget, Datum, Task

_SEEDED = "practice"
"""The phase's name in seeds: its first name, so that results stay reproducible."""


class Drill:
    """Questions with their answers, without a thought.

    A family with lessons gives them as bare text, in an order that the seed decides; alone in its
    mixture it gives each once before any is repeated. Other families give questions and answers,
    bare or, with `drill.chat`, in the chat template.
    """

    def __init__(
        self, tokenizer: Tokenizer, mixture: Mixture, *, config: DrillConfig, seed: int
    ) -> None:
        """Collect the lessons of the mixture's families, except those that are held out."""
        self._tokenizer, self._mixture = tokenizer, mixture
        self._config, self._seed = config, seed
        pieces = tokenizer.texts()
        self._lessons = {
            source.family.name: _lessons(source.family, pieces, seed)
            for source in mixture.sources
            if isinstance(source.family, Drills)
        }

    def batch(self, step: int) -> Batch:
        """Return the texts of one step."""
        num_items, num_in_row = self._config.items_per_step, self._config.items_per_row
        items = [self._datum(step * num_items + place) for place in range(num_items)]
        rows = [items[first : first + num_in_row] for first in range(0, num_items, num_in_row)]
        return _batch([_joined(row) for row in rows])

    def _datum(self, index: int) -> Datum:
        seed = derive(self._seed, _SEEDED, index)
        lessons = self._lessons.get(self._mixture.choose(seed).family.name)
        if lessons:
            task = lessons[index % len(lessons)]
            return self._bare(task.question, task.target)
        _, task = self._mixture.draw(first_index(self._seed, _SEEDED) + index, seed)
        if not self._config.chat:
            return self._bare(f"{task.question}\n", task.target)
        return learned(
            prompt_tokens(self._tokenizer, task.question, Budget(think=0)),
            completion_tokens(self._tokenizer, None, task.target),
        )

    def _bare(self, question: str, answer: str) -> Datum:
        encode = self._tokenizer.encode
        return learned(tuple(encode(question)), tuple(encode(f"{answer}\n")))


@dataclass(frozen=True, slots=True, kw_only=True)
class ColdStart:
    """Worked solutions after the policy's own prompt: thought, close, answer, end."""

    solutions: Solutions
    mixture: Mixture
    items_per_step: int
    seed: int

    def batch(self, step: int) -> Batch:
        """Return the worked solutions of one step."""
        first = first_index(self.seed, "cold_start") + step * self.items_per_step
        data: list[Datum] = []
        for row in range(self.items_per_step):
            seed = derive(self.seed, "cold_start", step, row)
            family, task = self.mixture.draw(first + row, seed)
            data.append(learned(*self.solutions.write(family, task, seed)))
        return _batch(data)


def _lessons(family: Drills, pieces: Sequence[str], seed: int) -> list[Task]:
    lessons = [
        lesson
        for lesson in family.lessons(pieces)
        if not is_held_out(lesson) and not shares_words(lesson.question, lesson.target)
    ]
    Random(f"lessons/{seed}").shuffle(lessons)
    return lessons


def _joined(row: list[Datum]) -> Datum:
    """Concatenate several texts; the later prompts are not learned."""
    first, *rest = row
    completion, weights = first.completion, first.weights
    for datum in rest:
        completion += (*datum.prompt, *datum.completion)
        weights += (*(0.0,) * len(datum.prompt), *datum.weights)
    return replace(first, completion=completion, weights=weights)


def can_demonstrate(mixture: Mixture, *, think: bool) -> bool:
    """Return whether every family of a mixture has worked solutions, with thoughts if `think`."""
    families = [source.family for source in mixture.sources]
    return all(isinstance(family, Demonstrates) for family in families) and not (
        think and any(isinstance(family, WithoutThoughts) for family in families)
    )


def _batch(data: list[Datum]) -> Batch:
    num_tokens = sum(len(datum.completion) for datum in data)
    return Batch(groups=[[datum] for datum in data], metrics={"tokens": float(num_tokens)})
