"""Ask one question and stream what comes: the thought as it is written, then the answer."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from cogitate.prompt import prompt_tokens
from cogitate.tokenizer import Tokenizer
from cogitate.types import Budget, Event, Request, Rollout

REPLACEMENT = "\ufffd"
"""What a decoder writes for bytes that are not, or not yet, a character."""


class Engine(Protocol):
    """The part of the engine that asking needs."""

    def submit(self, request: Request) -> int:
        """Queue a request and return its id."""
        ...

    def step(self) -> Sequence[Event]:
        """Advance every running request by one token."""
        ...

    def cancel(self, request_id: int) -> object:
        """Stop a request."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One stretch of text as it came, or the end.

    Example: Piece(kind="thought", text="s t r"); Piece(kind="end", rollout=...)
    """

    kind: Literal["thought", "answer", "end"]
    text: str = ""
    rollout: Rollout | None = None
    """Set on the last piece only."""


class TextStream:
    """Token ids in, one at a time; text out, never cut inside a character.

    White space at both ends is left out, so that all that `push` and `close` return, put
    together, is the whole text decoded at once and stripped.
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        """Start an empty text."""
        self._tokenizer = tokenizer
        self._window: list[int] = []
        """The last settled tokens, for decoders that look back, and all after them."""
        self._num_settled = 0
        self._begun: bool = False
        self._space: str = ""

    def push(self, token: int) -> str:
        """Return what this token settles of the text; "" while a character is incomplete."""
        self._window.append(token)
        return self._settle(final=False)

    def close(self) -> str:
        """Return what was held back for a character that never became complete."""
        return self._settle(final=True)

    def _settle(self, *, final: bool) -> str:
        settled = self._tokenizer.decode(self._window[: self._num_settled])
        text = self._tokenizer.decode(self._window)
        if text == settled or (text.endswith(REPLACEMENT) and not final):
            return ""
        self._window = self._window[self._num_settled :]
        self._num_settled = len(self._window)
        return self._without_outer_space(text[len(settled) :])

    def _without_outer_space(self, text: str) -> str:
        text = self._space + text if self._begun else text.lstrip()
        told = text.rstrip()
        self._space = text[len(told) :]
        self._begun = self._begun or told != ""
        return told


def ask(
    engine: Engine,
    tokenizer: Tokenizer,
    question: str,
    budget: Budget,
    *,
    temperature: float = 0.0,
    system: str | None = None,
) -> Iterator[Piece]:
    """Yield the thought, then the answer, piece by piece, and the rollout at the end.

    A budget of no thinking, or a model never taught to think, gives an answer alone. Closing
    the iterator cancels the request.
    """
    prompt = prompt_tokens(tokenizer, question, budget, system=system)
    return stream(engine, tokenizer, Request(prompt=prompt, budget=budget, temperature=temperature))


def stream(engine: Engine, tokenizer: Tokenizer, request: Request) -> Iterator[Piece]:
    """Yield what comes of one request as text, and its rollout at the end."""
    request_id = engine.submit(request)
    thinking = tokenizer.think_open is not None and request.prompt[-1:] == (tokenizer.think_open,)
    kind: Literal["thought", "answer"] = "thought" if thinking else "answer"
    text = TextStream(tokenizer)
    rollout: Rollout | None = None
    try:
        while rollout is None:
            for event in engine.step():
                if event.request_id != request_id:
                    continue
                rollout = event.rollout
                if event.token is None:
                    continue
                closes = kind == "thought" and event.token == tokenizer.think_close
                told = text.close() if closes else text.push(event.token)
                if told:
                    yield Piece(kind=kind, text=told)
                if closes:
                    kind, text = "answer", TextStream(tokenizer)
        if told := text.close():
            yield Piece(kind=kind, text=told)
        yield Piece(kind="end", rollout=rollout)
    finally:
        if rollout is None:
            engine.cancel(request_id)
