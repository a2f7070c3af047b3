"""Models that answer prompts: one in this process, and one behind a server."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from cogitate.ask import Chunk
from cogitate.errors import CogitateError
from cogitate.notices import say
from cogitate.prompt import answer_text, conversation, conversation_tokens
from cogitate.protocols import Engine
from cogitate.tokenizer import Tokenizer
from cogitate.types import Budget, Request, Rollout
from cogitate.work.solving import Sample

_AT_ONCE = 8


class LocalModel:
    """A loaded model; samples of one prompt are computed together."""

    def __init__(self, engine: Engine, tokenizer: Tokenizer, budget: Budget) -> None:
        """Take its engine, and the budget of each answer."""
        self._engine, self._tokenizer, self._budget = engine, tokenizer, budget

    def ask(self, samples: Sequence[Sample]) -> list[str]:
        """Return the texts of the answers, in order.

        Raises:
            UsageError: a prompt leaves no room for an answer.
        """
        prompts = {
            prompt: conversation_tokens(self._tokenizer, conversation(prompt), self._budget)
            for prompt in dict.fromkeys(sample.prompt for sample in samples)
        }
        ids = self._engine.submit_all(
            [
                Request(
                    prompt=prompts[sample.prompt],
                    budget=self._budget,
                    temperature=sample.temperature,
                    seed=sample.seed,
                )
                for sample in samples
            ]
        )
        found: dict[int, Rollout] = {}
        try:
            while len(found) < len(ids):
                events = self._engine.step()
                found |= {e.request_id: e.rollout for e in events if e.rollout is not None}
        finally:
            for request_id in set(ids) - set(found):
                self._engine.cancel(request_id)
        return [answer_text(self._tokenizer, found[request_id]) for request_id in ids]


class RemoteModel:
    """A model behind a server; samples are asked for at once."""

    def __init__(self, answer: Callable[..., Iterator[Chunk]]) -> None:
        """Take what answers a conversation; see `cli.remote.answerer`."""
        self._answer = answer

    def ask(self, samples: Sequence[Sample]) -> list[str]:
        """Return the texts of the answers, in order; one that broke off is empty.

        Raises:
            CogitateError: no answer came.
        """
        with ThreadPoolExecutor(_AT_ONCE) as threads:
            found = list(threads.map(self._one, samples))
        errors = [error for error in found if isinstance(error, CogitateError)]
        if errors and len(errors) == len(found):
            raise errors[0]
        if errors:
            say(f"{len(errors)} of {len(found)} answers did not come whole: {errors[0]}")
        return [text if isinstance(text, str) else "" for text in found]

    def _one(self, sample: Sample) -> str | CogitateError:
        wishes = {"temperature": sample.temperature, "seed": sample.seed}
        try:
            chunks = self._answer(conversation(sample.prompt), **wishes)
            return "".join(chunk.text for chunk in chunks if chunk.kind == "answer")
        except CogitateError as error:
            return error
