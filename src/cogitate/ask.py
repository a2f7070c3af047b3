"""Ask a question and stream the thought, then the answer."""

import math
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
from cogitate.types import Budget, End, Episode, Request, Rollout, Verdict
from cogitate.verbs import Verb, need_loaded
from cogitate.verify.strict import canonical

ANSWER = 512
"""Default limit of answer tokens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """Part of the text of a thought or an answer, or the end.

    Example: Chunk(kind="thought", text="s t r"); Chunk(kind="end", rollout=...)
    """

    kind: Literal["thought", "answer", "end"]
    text: str = ""
    rollout: Rollout | None = None
    """Set on the last chunk only."""


class Trim:
    """Removes white space at both ends of a text that arrives in parts."""

    def __init__(self) -> None:
        """Start with an empty text."""
        self._begun: bool = False
        self._space: str = ""

    def push(self, text: str) -> str:
        """Return the text up to its last character that is not white space; the rest is kept."""
        text = self._space + text if self._begun else text.lstrip()
        trimmed = text.rstrip()
        self._space = text[len(trimmed) :]
        self._begun = self._begun or trimmed != ""
        return trimmed


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The answer of a model.

    Example: Answer(text="3", thought="s t r a w b e r r y: 3", episode=Episode(...))
    """

    text: str
    thought: str
    """Empty if there was none."""
    episode: Episode = field(repr=False)

    @property
    def rollout(self) -> Rollout:
        """The tokens with their log-probabilities, and how the rollout ended."""
        return self.episode.turns[-1]


def ask(
    model: Model,
    question: str,
    *,
    think: int | str | None = None,
    deadline_s: float | None = None,
    temperature: float = 0.0,
    system: str | None = None,
) -> Answer:
    """Ask a model one question, and wait for the answer.

    Args:
        model: a loaded model; see `cogitate.load`.
        question: its text.
        think: the most thought tokens, or an effort such as "low"; None is the model's own budget.
        deadline_s: seconds for thought and answer together.
        temperature: 0 is greedy.
        system: a system message; None leaves it to the model's template.

    Raises:
        UsageError: the question leaves no room for an answer, or there is no such effort.
        ValueError: the deadline is not above 0.
        OverloadedError: no answer can be ready by the deadline.
    """
    need_loaded(model)
    need_temperature(temperature, "temperature")
    budget = model.budget(None if think is None else str(think), ANSWER)
    engine, tokenizer = model.engine(), model.tokenizer
    budget = model.stated(replace(budget, deadline_s=deadline_s), engine)
    terms = Terms(tokenizer=tokenizer, budget=budget, temperature=temperature, system=system)
    dialogue = Dialogue(engine, terms)
    *_, last = dialogue.say(question)
    assert last.rollout is not None
    return Answer(
        text=answer_text(tokenizer, last.rollout),
        thought=thought_text(tokenizer, last.rollout),
        episode=dialogue.episode,
    )


def need_temperature(temperature: float, option: str = "--temperature") -> None:
    """Refuse a temperature that is negative or no finite number; `option` names it in errors.

    Raises:
        UsageError: it is one of these.
    """
    if not 0 <= temperature < math.inf:
        raise UsageError(f"{option}: a number of 0 or more is needed, not {temperature:g}")


class Dialogue:
    """A conversation: an episode whose environment is the user.

    Example: for chunk in Dialogue(engine, terms).say("What is 2 + 3?"): print(chunk.text)
    """

    def __init__(self, engine: Engine, terms: Terms) -> None:
        """Begin without a turn."""
        self._engine, self._terms = engine, terms
        self._history = HISTORIES[terms.history](terms.tokenizer, terms.budget)
        self.turns: list[Rollout] = []
        """The finished turns."""
        self._said: list[str] = []

    @property
    def episode(self) -> Episode:
        """The conversation so far; nobody judges it."""
        said = tuple(tuple(conversation(text)) for text in self._said[1:])
        verdict = Verdict(reward=None, why="a conversation has no verdict")
        return Episode(turns=tuple(self.turns), verdict=verdict, said=said)

    def say(self, text: str) -> Iterator[Chunk]:
        """Yield the answer to the next message in chunks; see `converse`."""
        if self.turns:
            prompt = self._history.go_on(self.turns[-1], conversation(text))
        else:
            prompt = self._history.begin(conversation(text, self._terms.system))
        budget, temperature = self._terms.budget, self._terms.temperature
        request = Request(prompt=prompt, budget=budget, temperature=temperature)
        for chunk in stream(self._engine, self._terms.tokenizer, request):
            if chunk.rollout is not None:
                self.turns.append(chunk.rollout)
                self._said.append(text)
            yield chunk


def converse(
    engine: Engine,
    tokenizer: Tokenizer,
    messages: Sequence[Message],
    budget: Budget,
    *,
    temperature: float = 0.0,
) -> Iterator[Chunk]:
    """Yield the thought, then the answer, in chunks, and the rollout at the end.

    With a think budget of 0, or a model that was not trained to think, there is no thought.
    Closing the iterator cancels the request.
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
    """Return `num` rollouts of one conversation, sampled together, in order of their seeds."""
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
    """Return each answer with its number of votes, most first; None is an incomplete answer.

    White space and case are ignored. Of answers with equal votes the first one given comes first,
    and None last.
    """
    counts: dict[str | None, tuple[str | None, int]] = {}
    for rollout in rollouts:
        text = answer_text(tokenizer, rollout) if rollout.end is End.DONE else ""
        key = canonical(text) or None
        shown, count = counts.get(key, (text or None, 0))
        counts[key] = (shown, count + 1)
    return sorted(counts.values(), key=lambda vote: (vote[0] is None, -vote[1]))


def stream(engine: Engine, tokenizer: Tokenizer, request: Request) -> Iterator[Chunk]:
    """Yield the text of one request in chunks, and its rollout at the end."""
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
                spans = [] if event.token is None else parts.push(event.token)
                for kind, text in spans + (parts.close() if rollout is not None else []):
                    if trimmed := trims[kind].push(text):
                        yield Chunk(kind=kind, text=trimmed)
        yield Chunk(kind="end", rollout=rollout)
    finally:
        if rollout is None:
            engine.cancel(request_id)


sys.modules[__name__].__class__ = Verb  # `cogitate.ask(...)`
