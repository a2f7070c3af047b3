"""One rollout as it is told to a client: thought and answer apart, stops obeyed, tokens counted."""

from dataclasses import dataclass, field
from typing import Literal

from cogitate.ask import TextStream
from cogitate.tokenizer import Tokenizer
from cogitate.types import End, Event, Request, Rollout

Kind = Literal["thought", "answer"]


@dataclass(slots=True)
class Reply:
    r"""What has come of one request so far.

    Example: reply = Reply(tokenizer, request, stop=("\n",)); for kind, text in reply.push(event)
    """

    tokenizer: Tokenizer
    request: Request
    stop: tuple[str, ...] = ()
    thought: str = ""
    answer: str = ""
    rollout: Rollout | None = None
    stopped: bool = False
    """A stop string came: the rest of the answer is not told."""
    _kind: Kind = "answer"
    _text: TextStream = field(init=False)
    _held: str = ""
    """The end of the answer that may be the beginning of a stop string."""

    def __post_init__(self) -> None:
        """Begin where the prompt ends: inside a thought, if it opened one."""
        opener = self.tokenizer.think_open
        self._kind = "thought" if opener in self.request.prompt[-1:] else "answer"
        self._text = TextStream(self.tokenizer)

    def push(self, event: Event) -> list[tuple[Kind, str]]:
        """Take the next event; return what it adds, nothing of it empty."""
        told: list[tuple[Kind, str]] = []
        if event.token is not None and not self.stopped:
            closes = self._kind == "thought" and event.token == self.tokenizer.think_close
            told.append(
                (self._kind, self._text.close() if closes else self._text.push(event.token))
            )
            if closes:
                self._kind, self._text = "answer", TextStream(self.tokenizer)
        if event.rollout is not None:
            self.rollout = event.rollout
            if not self.stopped:
                told.append((self._kind, self._text.close()))
        return [part for kind, text in told if (part := (kind, self._keep(kind, text)))[1]]

    @property
    def finish_reason(self) -> Literal["stop", "length"]:
        """Return why it ended, in OpenAI's words."""
        assert self.rollout is not None
        return "stop" if self.stopped or self.rollout.end is End.DONE else "length"

    @property
    def num_thought(self) -> int:
        """Return the tokens of the thought, its closing marker included."""
        return 0 if self.rollout is None else len(self.rollout.thought)

    @property
    def num_tokens(self) -> int:
        """Return the tokens of thought and answer."""
        return 0 if self.rollout is None else len(self.rollout.tokens)

    def _keep(self, kind: Kind, text: str) -> str:
        """Return what may be told of new text now."""
        if kind == "thought":
            self.thought += text
            return text
        text = self._held + text
        places = [place for stop in self.stop if (place := text.find(stop)) >= 0]
        if places:
            self.stopped, self._held, text = True, "", text[: min(places)]
        elif self.rollout is None:
            kept = max((_overlap(text, stop) for stop in self.stop), default=0)
            text, self._held = text[: len(text) - kept], text[len(text) - kept :]
        else:
            self._held = ""
        self.answer += text
        return text


def _overlap(text: str, stop: str) -> int:
    r"""Return how many characters at the end of a text begin a stop string.

    Example: _overlap("3\nQ", "\nQ:") -> 2
    """
    return next((n for n in range(len(stop) - 1, 0, -1) if text.endswith(stop[:n])), 0)
