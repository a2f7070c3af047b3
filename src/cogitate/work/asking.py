"""Models that answer prompts: of an engine in this process, and behind a server."""

import queue
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass

from cogitate.ask import Chunk
from cogitate.errors import CogitateError, ModelError
from cogitate.notices import say
from cogitate.prompt import answer_text, conversation, conversation_tokens
from cogitate.protocols import Engine
from cogitate.tokenizer import Tokenizer
from cogitate.types import Budget, Event, Request
from cogitate.work.solving import Answered, Sample, Told, untold

_AT_ONCE = 8
_MOST_CHARS = 2**20
"""Of a thought and an answer from a server."""
Generate = Callable[[Sequence[Request]], Generator[tuple[int, Event]]]
"""Runs requests together, and yields (index of the request, event); closing it cancels the rest."""


def generator(engine: Engine) -> Generate:
    """Return what runs requests by stepping an engine that nothing else steps."""

    def generate(requests: Sequence[Request]) -> Generator[tuple[int, Event]]:
        index_of = {number: i for i, number in enumerate(engine.submit_all(requests))}
        try:
            while index_of:
                for event in engine.step():
                    if (index := index_of.get(event.request_id)) is None:
                        continue
                    if event.rollout is not None:
                        del index_of[event.request_id]
                    yield index, event
        finally:
            for request_id in index_of:
                engine.cancel(request_id)

    return generate


class LocalModel:
    """A loaded model; samples of one prompt are computed together."""

    def __init__(self, generate: Generate, tokenizer: Tokenizer, budget: Budget) -> None:
        """Take what runs its requests, and the budget of each answer.

        Raises:
            ModelError: it was not trained to answer.
        """
        if tokenizer.template is None:
            raise ModelError(
                "the model has no chat template, so that it completes text and answers nothing:"
                " take one that was trained on instructions, as qwen2.5-coder-1.5b"
            )
        self._generate, self._tokenizer, self._budget = generate, tokenizer, budget

    def ask(self, samples: Sequence[Sample], told: Told = untold) -> Iterator[Answered]:
        """Yield the answers as they end.

        Raises:
            UsageError: a prompt leaves no room for an answer.
        """
        tokens = [0] * len(samples)
        with closing(self._generate(self._requests(samples))) as events:
            for index, event in events:
                tokens[index] += event.token is not None
                told(index, tokens[index])
                if event.rollout is not None:
                    yield Answered(
                        index=index,
                        text=answer_text(self._tokenizer, event.rollout),
                        tokens=len(event.rollout.tokens),
                        prompt_tokens=len(event.rollout.request.prompt),
                        seconds=event.rollout.seconds,
                    )

    def _requests(self, samples: Sequence[Sample]) -> list[Request]:
        prompts = {
            prompt: conversation_tokens(self._tokenizer, conversation(prompt), self._budget)
            for prompt in dict.fromkeys(sample.prompt for sample in samples)
        }
        return [
            Request(
                prompt=prompts[sample.prompt],
                budget=self._budget,
                temperature=sample.temperature,
                seed=sample.seed,
            )
            for sample in samples
        ]


class RemoteModel:
    """A model behind a server; samples are asked for at once."""

    def __init__(self, answer: Callable[..., Iterator[Chunk]], most: int) -> None:
        """Take what answers a conversation (see `cli.asking.remote`), and most pieces of one.

        A limit is not sent to the server, since it would bound the thought as well.
        """
        self._answer, self._most = answer, most

    def ask(self, samples: Sequence[Sample], told: Told = untold) -> Iterator[Answered]:
        """Yield the answers as they end; one that broke off is empty.

        Raises:
            CogitateError: no answer came.
        """
        ended = self._begin(samples, told)
        failed: list[_Failed] = []
        for _ in samples:
            one = ended.get()
            if isinstance(one, Answered):
                yield one
            elif isinstance(one.error, CogitateError):
                failed.append(one)
            else:
                raise one.error
        if failed and len(failed) == len(samples):
            raise failed[0].error
        if failed:
            say(f"{len(failed)} of {len(samples)} answers did not come whole: {failed[0].error}")
        for one in failed:
            yield Answered(index=one.index, text="", tokens=0, prompt_tokens=None, seconds=0.0)

    def _begin(
        self, samples: Sequence[Sample], told: Told
    ) -> "queue.SimpleQueue[Answered | _Failed]":
        """Ask for all, some at once; return where the answers come in."""
        waiting: queue.SimpleQueue[tuple[int, Sample]] = queue.SimpleQueue()
        ended: queue.SimpleQueue[Answered | _Failed] = queue.SimpleQueue()
        for numbered in enumerate(samples):
            waiting.put(numbered)

        def work() -> None:
            with suppress(queue.Empty):
                while True:
                    ended.put(self._one(*waiting.get_nowait(), told))

        for _ in range(min(_AT_ONCE, len(samples))):  # daemons: Ctrl-C does not wait for a server
            threading.Thread(target=work, daemon=True).start()
        return ended

    def _one(self, index: int, sample: Sample, told: Told) -> "Answered | _Failed":
        began, text, tokens, num_chars = time.monotonic(), "", 0, 0
        left = self._most
        wishes = {"temperature": sample.temperature, "seed": sample.seed}
        try:
            for chunk in self._answer(conversation(sample.prompt), **wishes):
                text += chunk.text if chunk.kind == "answer" else ""
                tokens, num_chars = tokens + (chunk.kind != "end"), num_chars + len(chunk.text)
                left -= chunk.kind == "answer"
                if left < 0 or num_chars > _MOST_CHARS:
                    raise CogitateError(
                        f"the answer has more than {self._most} tokens: allow more with --answer"
                    )
                told(index, tokens)
        except Exception as error:  # noqa: BLE001 - raised by `ask`, in the thread that waits
            return _Failed(index, error)
        return Answered(
            index=index,
            text=text,
            tokens=tokens,
            prompt_tokens=None,
            seconds=time.monotonic() - began,
        )


@dataclass(frozen=True, slots=True)
class _Failed:
    """An answer that did not come."""

    index: int
    error: Exception
