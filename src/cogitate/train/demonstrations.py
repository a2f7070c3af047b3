"""Practice and cold start: groups of one right text each, learned with weight 1."""

from dataclasses import dataclass

from cogitate.prompt import completion_tokens, prompt_tokens
from cogitate.tokenizer import Tokenizer
from cogitate.train.batch import Batch
from cogitate.train.mixture import Mixture
from cogitate.train.seeds import derive
from cogitate.types import Datum, Demonstrates, Family, Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Practice:
    """Plain question-and-answer text, without a chat template: the bulk of what is spelled."""

    tokenizer: Tokenizer
    mixture: Mixture
    items_per_step: int
    seed: int

    def batch(self, step: int) -> Batch:
        """Return the texts of one step."""
        return _batch([
            self._datum(self.mixture.draw(derive(self.seed, "practice", step, row))[1])
            for row in range(self.items_per_step)
        ])

    def _datum(self, task: Task) -> Datum:
        prompt = self.tokenizer.encode(f"{task.question}\n")
        answer = self.tokenizer.encode(f"{task.target}\n")
        return _right(tuple(prompt), tuple(answer))


@dataclass(frozen=True, slots=True, kw_only=True)
class ColdStart:
    """Worked solutions behind the real prompt: thought, close, answer, end."""

    tokenizer: Tokenizer
    mixture: Mixture
    items_per_step: int
    seed: int
    think: bool

    def batch(self, step: int) -> Batch:
        """Return the worked solutions of one step."""
        return _batch([
            self._datum(*self.mixture.draw(derive(self.seed, "cold_start", step, row)))
            for row in range(self.items_per_step)
        ])

    def _datum(self, family: Family, task: Task) -> Datum:
        assert isinstance(family, Demonstrates)
        thought, answer = family.demonstrate(task)
        prompt = prompt_tokens(self.tokenizer, task.question, think=self.think)
        completion = completion_tokens(self.tokenizer, thought if self.think else None, answer)
        return _right(prompt, completion)


def can_demonstrate(mixture: Mixture) -> bool:
    """Say whether every family of a mixture has worked solutions."""
    return all(isinstance(source.family, Demonstrates) for source in mixture.sources)


def _right(prompt: tuple[int, ...], completion: tuple[int, ...]) -> Datum:
    return Datum(prompt=prompt, completion=completion, weights=(1.0,) * len(completion))


def _batch(data: list[Datum]) -> Batch:
    num_tokens = sum(len(datum.completion) for datum in data)
    return Batch(groups=[[datum] for datum in data], metrics={"tokens": float(num_tokens)})
