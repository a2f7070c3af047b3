"""One rollout as it is told to a client: thought and answer apart, stops obeyed, tokens counted."""

from typing import Literal

from cogitate.ask import TextStream, Trim
from cogitate.prompt import opens_thought
from cogitate.tokenizer import Tokenizer
from cogitate.types import End, Event, Request, Rollout

Kind = Literal["thought", "answer"]


class Reply:
    r"""What has come of one request so far.

    Example: reply = Reply(tokenizer, request, stop=("\n",)); for kind, text in reply.push(event)
    """

    def __init__(
        self, tokenizer: Tokenizer, request: Request, stop: tuple[str, ...], *, trim: bool = True
    ) -> None:
        """Begin where the prompt ends: inside a thought, if it opened one.

        Stop strings are looked for in the answer as it was written; with `trim` the white space
        around thought and answer is then left out.
        """
        self.tokenizer, self.request = tokenizer, request
        self.thought = self.answer = ""
        self.rollout: Rollout | None = None
        self.num_thought = self.num_tokens = 0
        """Tokens of the thought, its closing marker included, and of both, up to a stop."""
        self.stopped = False
        """A stop string came: the rest of the answer is not told."""
        self._stop, self._trims = stop, trim
        self._kind: Kind = "thought" if opens_thought(tokenizer, request.prompt) else "answer"
        self._begin()

    @property
    def finish_reason(self) -> Literal["stop", "length"]:
        """Return why it ended, in OpenAI's words."""
        assert self.rollout is not None
        return "stop" if self.stopped or self.rollout.end is End.DONE else "length"

    def push(self, event: Event) -> list[tuple[Kind, str]]:
        """Take the next event; return what it adds, nothing of it empty."""
        told: list[tuple[Kind, str]] = []
        if event.token is not None and not self.stopped:
            self.num_tokens += 1
            self.num_thought += self._kind == "thought"
            if self._kind == "thought" and event.token == self.tokenizer.think_close:
                told.append((self._kind, self._tell(self._text.close(), final=True)))
                self._kind = "answer"
                self._begin()
            else:
                told.append((self._kind, self._tell(self._text.push(event.token), final=False)))
        if event.rollout is not None:
            self.rollout = event.rollout
            if not self.stopped:
                told.append((self._kind, self._tell(self._text.close(), final=True)))
        return [(kind, text) for kind, text in told if text]

    def _begin(self) -> None:
        """Start the text of a thought or an answer."""
        self._text = TextStream(self.tokenizer, strip=False)
        self._trim = Trim() if self._trims else None
        self._held = ""
        """The end of the answer that may be the beginning of a stop string."""

    def _tell(self, text: str, *, final: bool) -> str:
        """Return what may be told of new text now, and keep it."""
        text = self._until_stop(text, final=final) if self._kind == "answer" else text
        text = text if self._trim is None else self._trim.push(text)
        if self._kind == "thought":
            self.thought += text
        else:
            self.answer += text
        return text

    def _until_stop(self, text: str, *, final: bool) -> str:
        text = self._held + text
        places = [place for stop in self._stop if (place := text.find(stop)) >= 0]
        if places:
            self.stopped = True
            return text[: min(places)]
        kept = 0 if final else max((_overlap(text, stop) for stop in self._stop), default=0)
        self._held = text[len(text) - kept :]
        return text[: len(text) - kept]


def finite(logprob: float) -> float:
    """Return a log-probability that JSON can carry; -9999 stands for no chance at all."""
    return max(logprob, -9999.0)


def _overlap(text: str, stop: str) -> int:
    r"""Return how many characters at the end of a text begin a stop string.

    Example: _overlap("3\nQ", "\nQ:") -> 2
    """
    most = min(len(stop) - 1, len(text))
    return next((n for n in range(most, 0, -1) if text.endswith(stop[:n])), 0)
