"""Ask one question and stream what comes: the thought as it is written, then the answer."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from cogitate.errors import UsageError
from cogitate.prompt import (
    Kind,
    ThoughtSplitter,
    answer_text,
    conversation,
    conversation_tokens,
    thought_text,
)
from cogitate.protocols import Engine, Model
from cogitate.rollout.episodes import Terms
from cogitate.rollout.history import HISTORIES
from cogitate.tokenizer import Message, Tokenizer
from cogitate.types import Budget, End, Request, Rollout
from cogitate.verbs import Verb, need_loaded
from cogitate.verify.strict import canonical

ANSWER = 512
"""Answer tokens at most, where nothing else is said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """One stretch of text as it came, or the end.

    Example: Chunk(kind="thought", text="s t r"); Chunk(kind="end", rollout=...)
    """

    kind: Literal["thought", "answer", "end"]
    text: str = ""
    rollout: Rollout | None = None
    """Set on the last piece only."""


class Trim:
    """Leaves out white space at both ends of a text that comes in pieces."""

    def __init__(self) -> None:
        """Have seen nothing."""
        self._begun: bool = False
        self._space: str = ""

    def push(self, text: str) -> str:
        """Return what can be told of the text so far; white space waits for what follows it."""
        text = self._space + text if self._begun else text.lstrip()
        told = text.rstrip()
        self._space = text[len(told) :]
        self._begun = self._begun or told != ""
        return told


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a model answered.

    Example: Answer(text="3", thought="s t r a w b e r r y: 3", rollout=Rollout(...))
    """

    text: str
    thought: str
    """Empty where there was none."""
    rollout: Rollout = field(repr=False)
    """Its tokens, with the log-probability of each, and how it ended."""


def ask(
    model: Model,
    question: str,
    *,
    think: int | str | None = None,
    deadline_s: float | None = None,
    temperature: float = 0.0,
    system: str | None = None,
) -> Answer:
    """Ask a model one question, and wait for the whole answer.

    Args:
        model: as `cogitate.load` returns it.
        question: as a user would write it.
        think: thought tokens at most, or an effort such as "low"; None is the model's own.
        deadline_s: seconds for thought and answer together.
        temperature: 0 is greedy.
        system: a system message; None leaves it to the model's template.

    Raises:
        UsageError: the question leaves no room for an answer, or there is no such effort.
        ValueError: the deadline is not above 0.
        OverloadedError: no answer can be ready by the deadline.
    """
    need_loaded(model)
    if temperature < 0:
        raise UsageError(f"temperature: 0 or more is needed, not {temperature}")
    budget = model.budget(None if think is None else str(think), ANSWER)
    engine, tokenizer = model.engine(), model.tokenizer
    budget = model.stated(replace(budget, deadline_s=deadline_s), engine)
    messages = conversation(question, system)
    *_, last = converse(engine, tokenizer, messages, budget, temperature=temperature)
    assert last.rollout is not None
    return Answer(
        text=answer_text(tokenizer, last.rollout),
        thought=thought_text(tokenizer, last.rollout),
        rollout=last.rollout,
    )


class Dialogue:
    """A conversation: an episode whose environment is the person who asks.

    Example: for chunk in Dialogue(engine, terms).say("What is 2 + 3?"): print(chunk.text)
    """

    def __init__(self, engine: Engine, terms: Terms) -> None:
        """Begin without a turn."""
        self._engine, self._terms = engine, terms
        self._history = HISTORIES[terms.history](terms.tokenizer, terms.budget)
        self.turns: list[Rollout] = []
        """Finished ones."""

    def say(self, text: str) -> Iterator[Chunk]:
        """Yield what the model answers to the next message; see `converse`."""
        if self.turns:
            prompt = self._history.go_on(self.turns[-1], conversation(text))
        else:
            prompt = self._history.begin(conversation(text, self._terms.system))
        budget, temperature = self._terms.budget, self._terms.temperature
        request = Request(prompt=prompt, budget=budget, temperature=temperature)
        for chunk in stream(self._engine, self._terms.tokenizer, request):
            if chunk.rollout is not None:
                self.turns.append(chunk.rollout)
            yield chunk


def converse(
    engine: Engine,
    tokenizer: Tokenizer,
    messages: Sequence[Message],
    budget: Budget,
    *,
    temperature: float = 0.0,
) -> Iterator[Chunk]:
    """Yield the thought, then the answer, piece by piece, and the rollout at the end.

    A budget of no thinking, or a model never taught to think, gives an answer alone. Closing
    the iterator cancels the request.
    """
    prompt = conversation_tokens(tokenizer, messages, budget)
    return stream(engine, tokenizer, Request(prompt=prompt, budget=budget, temperature=temperature))


def ask_many(
    engine: Engine,
    tokenizer: Tokenizer,
    messages: Sequence[Message],
    budget: Budget,
    *,
    num: int,
    temperature: float = 1.0,
) -> list[Rollout]:
    """Think `num` times about one conversation, all at once; return the rollouts in order."""
    prompt = conversation_tokens(tokenizer, messages, budget)
    ids = [
        engine.submit(Request(prompt=prompt, budget=budget, temperature=temperature, seed=seed))
        for seed in range(num)
    ]
    found: dict[int, Rollout] = {}
    try:
        while len(found) < num:
            found |= {e.request_id: e.rollout for e in engine.step() if e.rollout is not None}
    finally:
        for request_id in set(ids) - set(found):
            engine.cancel(request_id)
    return [found[request_id] for request_id in ids]


def votes(tokenizer: Tokenizer, rollouts: Sequence[Rollout]) -> list[tuple[str | None, int]]:
    """Return each answer with its number of votes, most first; None stands for no whole answer.

    Neither white space nor the case of letters makes two answers of one. Of answers with as many
    votes the one that was given first comes first, and no answer last.
    """
    counts: dict[str | None, tuple[str | None, int]] = {}
    for rollout in rollouts:
        text = answer_text(tokenizer, rollout) if rollout.end is End.DONE else ""
        key = canonical(text) or None
        shown, count = counts.get(key, (text or None, 0))
        counts[key] = (shown, count + 1)
    return sorted(counts.values(), key=lambda vote: (vote[0] is None, -vote[1]))


def stream(engine: Engine, tokenizer: Tokenizer, request: Request) -> Iterator[Chunk]:
    """Yield what comes of one request as text, and its rollout at the end."""
    request_id = engine.submit(request)
    parts = ThoughtSplitter(tokenizer, request.prompt)
    trims: dict[Kind, Trim] = {"thought": Trim(), "answer": Trim()}
    rollout: Rollout | None = None
    try:
        while rollout is None:
            for event in engine.step():
                if event.request_id != request_id:
                    continue
                rollout = event.rollout
                settled = [] if event.token is None else parts.push(event.token)
                for kind, text in settled + (parts.close() if rollout is not None else []):
                    if told := trims[kind].push(text):
                        yield Chunk(kind=kind, text=told)
        yield Chunk(kind="end", rollout=rollout)
    finally:
        if rollout is None:
            engine.cancel(request_id)


sys.modules[__name__].__class__ = Verb  # `cogitate.ask(...)`
