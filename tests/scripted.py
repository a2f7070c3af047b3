"""A server of a model whose answers are written down, one for each seed, and which runs tests."""

import itertools
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

from cogitate.serve import Ceiling, ModelRegistry, make_app
from cogitate.tokenizer import Tokenizer
from cogitate.types import Budget, End, Event, Request, Rollout, Speed, ThoughtEnd
from serving import listening

TOKENIZER = Tokenizer.bytes()
CONTEXT = 8192
ENDLESS = "# " + "and on " * 400
"""Of 2,800 tokens: longer than any test waits, and yet with an end."""


class ScriptedEngine:
    """An engine that writes the answer number `seed` of a request, a byte at each step."""

    def __init__(self, answers: Sequence[str], pause_s: float = 0.0) -> None:
        self.answers = [f"```python\n{text}```" for text in answers]
        self.pause_s, self.numbers = pause_s, itertools.count()
        self.running: dict[int, tuple[Request, list[int], list[int]]] = {}
        self.asked: list[Request] = []
        self.num_cancelled = 0

    @property
    def idle(self) -> bool:
        return not self.running

    def submit_all(self, requests: Sequence[Request], arrived: float | None = None) -> list[int]:
        self.asked += requests
        numbers = [next(self.numbers) for _ in requests]
        for number, request in zip(numbers, requests, strict=True):
            text = self.answers[request.seed % len(self.answers)]
            left = [*TOKENIZER.encode(text), TOKENIZER.end][::-1]
            self.running[number] = (request, [], left)
        return numbers

    def step(self, *, tokens: bool = True) -> Sequence[Event]:
        time.sleep(self.pause_s)
        events: list[Event] = []
        for number, (_, written, left) in list(self.running.items()):
            written.append(left.pop())
            rollout = None if left else self._ended(number, End.DONE)
            events.append(Event(request_id=number, token=written[-1], rollout=rollout))
        return events

    def cancel(self, request_id: int, end: End = End.CANCELLED) -> Rollout | None:
        self.num_cancelled += request_id in self.running
        return self._ended(request_id, end) if request_id in self.running else None

    def speed(self) -> Speed:
        return Speed()

    def warming(self, *_: Any) -> Iterator[None]:
        return iter(())

    def _ended(self, number: int, end: End) -> Rollout:
        request, written, _ = self.running.pop(number)
        num = len(written)
        return Rollout(
            request=request, thought=(), answer=tuple(written), logprobs=(-0.5,) * num,
            sampled=(True,) * num, thought_end=ThoughtEnd.NONE, end=end, versions=((0, num),),
            seconds=0.1,
        )  # fmt: skip


def registry_of(engine: ScriptedEngine, tokenizer: Tokenizer = TOKENIZER) -> ModelRegistry:
    """Return the models of a server: one, called m."""
    model: Any = SimpleNamespace(
        tokenizer=tokenizer,
        context=CONTEXT,
        fingerprint="0" * 12,
        budget=lambda think, answer: Budget(think=0, answer=answer),
        engine=lambda rows, chunk: engine,
    )
    registry = ModelRegistry()
    registry.add("m", model, Ceiling(context=CONTEXT, think=0, default=0), rows=8)
    return registry


@contextmanager
def serving_tests(engine: ScriptedEngine, **settings: Any) -> Iterator[int]:
    """Serve it with tests allowed; yield the port."""
    with listening(make_app(registry_of(engine), **{"tests": True, **settings})) as port:
        yield port
