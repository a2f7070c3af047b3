"""One rollout as it is told to a client: thought and answer apart, stops obeyed, tokens counted."""

from collections.abc import Iterable, Iterator
from typing import Literal

from cogitate.ask import Trim
from cogitate.prompt import Kind, Span, ThoughtSplitter, opens_thought, overlap
from cogitate.tokenizer import Tokenizer
from cogitate.types import End, Event, Request, Rollout


class Reply:
    r"""What has come of one request so far.

    Example: reply = Reply(tokenizer, request, stop=("\n",)); for kind, text in reply.push(event)
    """

    def __init__(
        self, tokenizer: Tokenizer, request: Request, stop: tuple[str, ...], *, raw: bool = False
    ) -> None:
        """Begin where the prompt ends: inside a thought, if it opened one.

        Stop strings are looked for in the answer as it was written; the white space around thought
        and answer is then left out. A raw text keeps it, and has no thought but the prompt's.
        """
        self.tokenizer, self.request = tokenizer, request
        self.rollout: Rollout | None = None
        self.num_thought = self.num_tokens = 0
        """Tokens of the thought, its markers included, and of both, up to a stop."""
        self.stopped = False
        """A stop string came: the rest of the answer is not told."""
        self.num_written = 0
        """Characters of the answer up to a stop, white space around it included."""
        self.answer_runs: list[list[int]] = [[]]
        """Places of the tokens that the answer's text is made of, by the markers between them."""
        self._open_places: list[int] = []
        """Of the tokens whose text is not settled."""
        self._told: list[Span] = []
        self._stop = stop
        self._parts = (
            _Raw(tokenizer, request.prompt) if raw else ThoughtSplitter(tokenizer, request.prompt)
        )
        self._trims: dict[Kind, Trim] = {} if raw else {"thought": Trim(), "answer": Trim()}
        self._held = ""
        """The end of the answer that may be the beginning of a stop string."""

    @property
    def finish_reason(self) -> Literal["stop", "length"]:
        """Return why it ended, in OpenAI's words."""
        assert self.rollout is not None
        return "stop" if self.stopped or self.rollout.end is End.DONE else "length"

    @property
    def parts(self) -> list[Span]:
        """Return thought and answer in the order in which they were written."""
        parts: list[Span] = []
        for kind, text in self._told:
            before = parts.pop()[1] if parts and parts[-1][0] == kind else ""
            parts.append((kind, before + text))
        return parts

    @property
    def thought(self) -> str:
        """Return the whole thought."""
        return "".join(text for kind, text in self._told if kind == "thought")

    @property
    def answer(self) -> str:
        """Return the whole answer."""
        return "".join(text for kind, text in self._told if kind == "answer")

    def push(self, event: Event) -> list[Span]:
        """Take the next event; return what it adds, nothing of it empty."""
        settled = list[Span]()
        if event.token is not None and not self.stopped:
            settled += self._take(event.token)
        if event.rollout is not None:
            self.rollout = event.rollout
            settled += [] if self.stopped else self._settle(self._parts.close())
        told = map(self._trimmed, self._until_stop(settled))
        new = [stretch for stretch in told if stretch[1]]
        self._told += new
        return new

    def _take(self, token: int) -> list[Span]:
        before = self._parts.kind
        settled = self._parts.push(token)
        self.num_thought += "thought" in (before, self._parts.kind)
        self._open_places += [self.num_tokens] if self.tokenizer.spell(token) else []
        self.num_tokens += 1
        self._settle(settled)
        if token in (self.tokenizer.think_open, self.tokenizer.think_close):
            self.answer_runs.append([])
        return settled

    def _settle(self, settled: list[Span]) -> list[Span]:
        """Note which tokens have made some text, and return it."""
        if settled:
            is_answer = any(kind == "answer" for kind, _ in settled)
            self.answer_runs[-1] += self._open_places if is_answer else []
            self._open_places.clear()
        return settled

    def _trimmed(self, stretch: Span) -> Span:
        kind, text = stretch
        return (kind, self._trims[kind].push(text)) if self._trims else stretch

    def _until_stop(self, settled: Iterable[Span]) -> Iterator[Span]:
        """Yield what can be told now; a stop string is nothing to a thought."""
        for kind, text in settled:
            if kind == "answer":
                yield from self._answer(self._held + text, final=False)
            else:
                yield from self._answer(self._held, final=True)
                yield kind, text
        if self.rollout is not None:
            yield from self._answer(self._held, final=True)

    def _answer(self, text: str, *, final: bool) -> Iterator[Span]:
        """Yield what can be told of text of the answer that was not told."""
        if self.stopped or not text:
            return
        places = [place for stop in self._stop if (place := text.find(stop)) >= 0]
        self.stopped = bool(places)
        kept = 0 if final else max((overlap(text, stop) for stop in self._stop), default=0)
        end = min(places) if places else len(text) - kept
        self._held = "" if places else text[end:]
        self.num_written += end
        yield "answer", text[:end]


class _Raw:
    """Text as it is written, in which a thought is only what the prompt opened."""

    def __init__(self, tokenizer: Tokenizer, prompt: tuple[int, ...]) -> None:
        self._text, self._close = tokenizer.stream(prompt), tokenizer.think_close
        self.kind: Kind = "thought" if opens_thought(tokenizer, prompt) else "answer"

    def push(self, token: int) -> list[Span]:
        settled: list[Span] = [(self.kind, self._text.push(token))]
        if token == self._close:
            self.kind = "answer"
        return settled

    def close(self) -> list[Span]:
        return [(self.kind, self._text.close())]


def finite(logprob: float) -> float:
    """Return a log-probability that JSON can carry; -9999 stands for no chance at all."""
    return max(logprob, -9999.0)
