"""One rollout as a reply to a client: spans of thought and answer, stop strings, token counts."""

from collections.abc import Iterable, Iterator
from typing import Literal

from cogitate.ask import Trim
from cogitate.prompt import Kind, Span, ThoughtSplitter, opens_thought, overlap
from cogitate.tokenizer import Tokenizer
from cogitate.types import End, Event, Request, Rollout


class Reply:
    r"""The reply to one request so far.

    Example: reply = Reply(tokenizer, request, stop=("\n",)); for kind, text in reply.push(event)
    """

    def __init__(
        self, tokenizer: Tokenizer, request: Request, stop: tuple[str, ...], *, raw: bool = False
    ) -> None:
        """Start at the end of the prompt: inside a thought, if it opens one.

        Stop strings are searched in the answer as sampled; then white space around thought and
        answer is removed. A raw text keeps it, and has no thought but one that the prompt opens.
        """
        self.tokenizer, self.request = tokenizer, request
        self.rollout: Rollout | None = None
        self.num_thought = self.num_tokens = 0
        """Tokens of the thought, with its markers, and of thought and answer, up to a stop."""
        self.stopped = False
        """Whether a stop string has ended the answer."""
        self.num_written = 0
        """Characters of the answer up to a stop, with the white space around it."""
        self.answer_runs: list[list[int]] = [[]]
        """Places of the tokens of the answer's text, split at the markers between them."""
        self._open_places: list[int] = []
        """Places of the tokens whose text is not complete."""
        self._spans: list[Span] = []
        self._stop = stop
        self._parts = (
            _Raw(tokenizer, request.prompt) if raw else ThoughtSplitter(tokenizer, request.prompt)
        )
        self._trims: dict[Kind, Trim] = {} if raw else {"thought": Trim(), "answer": Trim()}
        self._held = ""
        """The end of the answer, which may begin a stop string."""

    @property
    def finish_reason(self) -> Literal["stop", "length"]:
        """Return OpenAI's finish reason."""
        assert self.rollout is not None
        return "stop" if self.stopped or self.rollout.end is End.DONE else "length"

    @property
    def parts(self) -> list[Span]:
        """Return thought and answer in the order in which they were sampled."""
        parts: list[Span] = []
        for kind, text in self._spans:
            before = parts.pop()[1] if parts and parts[-1][0] == kind else ""
            parts.append((kind, before + text))
        return parts

    @property
    def thought(self) -> str:
        """Return the whole thought."""
        return "".join(text for kind, text in self._spans if kind == "thought")

    @property
    def answer(self) -> str:
        """Return the whole answer."""
        return "".join(text for kind, text in self._spans if kind == "answer")

    def push(self, event: Event) -> list[Span]:
        """Take the next event; return the new spans, none of them empty."""
        complete = list[Span]()
        if event.token is not None and not self.stopped:
            complete += self._take(event.token)
        if event.rollout is not None:
            self.rollout = event.rollout
            complete += [] if self.stopped else self._assign(self._parts.close())
        trimmed = map(self._trimmed, self._until_stop(complete))
        new = [span for span in trimmed if span[1]]
        self._spans += new
        return new

    def _take(self, token: int) -> list[Span]:
        before = self._parts.kind
        complete = self._parts.push(token)
        self.num_thought += "thought" in (before, self._parts.kind)
        self._open_places += [self.num_tokens] if self.tokenizer.spell(token) else []
        self.num_tokens += 1
        self._assign(complete)
        if token in (self.tokenizer.think_open, self.tokenizer.think_close):
            self.answer_runs.append([])
        return complete

    def _assign(self, complete: list[Span]) -> list[Span]:
        """Record which tokens the spans were made of, and return the spans."""
        if complete:
            is_answer = any(kind == "answer" for kind, _ in complete)
            self.answer_runs[-1] += self._open_places if is_answer else []
            self._open_places.clear()
        return complete

    def _trimmed(self, span: Span) -> Span:
        kind, text = span
        return (kind, self._trims[kind].push(text)) if self._trims else span

    def _until_stop(self, complete: Iterable[Span]) -> Iterator[Span]:
        """Yield spans up to a stop string in the answer; thoughts are not searched."""
        for kind, text in complete:
            if kind == "answer":
                yield from self._answer(self._held + text, final=False)
            else:
                yield from self._answer(self._held, final=True)
                yield kind, text
        if self.rollout is not None:
            yield from self._answer(self._held, final=True)

    def _answer(self, text: str, *, final: bool) -> Iterator[Span]:
        """Yield the answer's text up to a stop string, or to what may begin one."""
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
    """Separates only a thought that the prompt opened; other markers are text."""

    def __init__(self, tokenizer: Tokenizer, prompt: tuple[int, ...]) -> None:
        self._text, self._close = tokenizer.stream(prompt), tokenizer.think_close
        self.kind: Kind = "thought" if opens_thought(tokenizer, prompt) else "answer"

    def push(self, token: int) -> list[Span]:
        spans: list[Span] = [(self.kind, self._text.push(token))]
        if token == self._close:
            self.kind = "answer"
        return spans

    def close(self) -> list[Span]:
        return [(self.kind, self._text.close())]


def finite(logprob: float) -> float:
    """Return a log-probability that JSON can represent; -9999 stands for -inf."""
    return max(logprob, -9999.0)
