"""The thinking machine: one state machine on token ids, from a known start state.

    THINK -> CLOSING (a forced token sequence) -> ANSWER -> DONE

It reads neither text nor a clock: a deadline is a limit in tokens (`limit_tokens`). Each reason
to end a thought is one line of `_must_close`. Whatever the reason, the closing sequence is forced
and an answer follows. If a thought would close before its minimum length, a cue to continue
replaces the close ("Wait", arXiv 2501.19393, section 3.1).
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from cogitate.budget import FEW
from cogitate.thinking.block import Block
from cogitate.thinking.grammar import Schemas
from cogitate.thinking.loops import ANSWER, Loops, Text
from cogitate.types import Budget, End, Request, Rollout, ThoughtEnd


class Phase(StrEnum):
    """The state of a rollout."""

    THINK = "think"
    CLOSING = "closing"
    ANSWER = "answer"
    DONE = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class Markers:
    """The token ids by which one model opens and closes a thought and ends an answer.

    Example: Markers(open=(9,), close=(10,), ends=frozenset({0, 2}))
    """

    open: tuple[int, ...] = ()
    """Empty for a model that was not trained to think."""
    close: tuple[int, ...] = ()
    cue: tuple[int, ...] = ()
    """Replaces a close before the minimum length; empty allows it."""
    ends: frozenset[int] = frozenset()
    """Empty if every rollout runs to its limit (benchmarks)."""
    schemas: Schemas | None = None
    """Compiles the schemas of answers; None ignores them."""
    stops: frozenset[int] = frozenset()
    """Tokens that end a sentence, at which the soft stop closes a thought."""
    text: Text | None = None
    """Distinguishes loops from tables, grids and counts; None takes all tokens for words, and
    detects no blocks of code."""

    @property
    def watched(self) -> frozenset[int]:
        """The tokens that may change the state of any rollout."""
        return self.ends | frozenset(self.close[-1:])


class ThinkingMachine:
    """One rollout's state: read `forced`, then `push` the next token.

    Example (open (9,), close (10,), ends {2}; prompt (5, 9); budget 2 thought tokens):
    push 7, push 8, forced -> 10, push 10, push 3, push 2 -> DONE, thought (7, 8, 10), answer (3, 2)
    """

    __slots__ = (
        "_answer_limit",
        "_block",
        "_close_in",
        "_end_in",
        "_forced",
        "_loops",
        "_markers",
        "_min_think",
        "_room",
        "_soft_stop",
        "_think_limit",
        "answer",
        "end",
        "looped",
        "phase",
        "sampled",
        "thought",
        "thought_end",
    )  # fmt: skip

    def __init__(self, prompt: tuple[int, ...], budget: Budget, markers: Markers, room: int):
        """Start after `prompt`, with `room` tokens left in the context (at least 1)."""
        room = min(room, _or(budget.total, room))
        self.thought: list[int] = []
        self.answer: list[int] = []
        self.sampled: list[bool] = []
        self.thought_end = ThoughtEnd.NONE
        self.end = End.TRUNCATED
        self.looped = False
        self._markers = markers
        self._forced: list[int] = []
        thinks = bool(markers.close) and _ends_inside(prompt, markers)
        self.phase = Phase.THINK if thinks else Phase.ANSWER
        reserve = len(markers.close) + (budget.answer or 1) if thinks else 0
        self._think_limit = max(0, min(_or(budget.think, room), room - reserve))
        self._min_think = min(budget.min_think, self._think_limit)
        self._answer_limit = _or(budget.answer, room)
        self._room = room
        self._soft_stop = budget.soft_stop
        self._block = None
        if budget.one_block and markers.text is not None:
            self._block = Block(prompt, markers.text)
        self._loops = None
        if budget.break_loops:
            self._loops = Loops(text=markers.text) if thinks else self._answer_loops()
        self._close_in = self._end_in = sys.maxsize
        if thinks and self._think_limit == 0:
            self._close(ThoughtEnd.BUDGET)

    @property
    def quiet(self) -> int:
        """The number of next tokens of which only `Markers.watched` can change the state."""
        if self._forced or self._loops is not None or self.phase in (Phase.CLOSING, Phase.DONE):
            return 0
        if self.phase is Phase.ANSWER:
            if self._block is not None:
                return 0
            left = min(self._answer_limit - len(self.answer), self._room - len(self.sampled))
            return max(0, min(left, self._end_in) - 1)
        if self._soft_stop or len(self.thought) < self._min_think:
            return 0
        return max(0, min(self._think_limit - len(self.thought), self._close_in) - 1)

    @property
    def segment(self) -> int:
        """The most next tokens that can be sampled before one is forced or the rollout ends."""
        if self.phase is Phase.ANSWER:
            left = min(self._answer_limit - len(self.answer), self._room - len(self.sampled))
            return max(1, min(left, self._end_in))
        return max(1, min(self._think_limit - len(self.thought), self._close_in))

    @property
    def longest(self) -> int:
        """The most tokens of the whole rollout."""
        think = self._think_limit + len(self._markers.close) if self.phase is Phase.THINK else 0
        return min(self._room, think + self._answer_limit)

    @property
    def may_replace(self) -> bool:
        """Whether `allowed` may replace the next token."""
        return self.phase is Phase.THINK and len(self.thought) < self._min_think

    @property
    def forced(self) -> int | None:
        """The token that the engine must write next; None samples from the model."""
        return self._forced[0] if self._forced else None

    def limit_tokens(self, close_in: int, end_in: int) -> None:
        """Limit the thought to `close_in` more tokens, and the rollout to `end_in` more.

        These are the tokens that a deadline leaves time for. A thought with room for fewer than
        `FEW` tokens stays empty.
        """
        self._close_in, self._end_in = close_in, end_in
        if self.phase is Phase.THINK and close_in < (1 if self.thought else FEW):
            self._close(ThoughtEnd.DEADLINE)

    def exit(self) -> None:
        """Close the thought, if it is open and has its minimum length: early exit."""
        if self.phase is Phase.THINK and not self._forced and len(self.thought) >= self._min_think:
            self._close(ThoughtEnd.EARLY_EXIT)

    def allowed(self, token: int) -> int:
        """Return the token, or its replacement if it would close the thought too early."""
        if self.may_replace and not self._forced and self._closes(token):
            self._forced = list(self._markers.cue)
        return token if self.forced is None else self.forced

    def extend(self, tokens: Sequence[int]) -> None:
        """Append sampled tokens that change nothing: at most `quiet`, none of them watched."""
        written = self.thought if self.phase is Phase.THINK else self.answer
        written += tokens
        self.sampled += [True] * len(tokens)
        self._close_in, self._end_in = self._close_in - len(tokens), self._end_in - len(tokens)

    def push(self, token: int) -> None:
        """Append the next token: the forced one, if any, else the sampled one."""
        self.sampled.append(not self._forced)
        del self._forced[:1]
        self._close_in, self._end_in = self._close_in - 1, self._end_in - 1
        match self.phase:
            case Phase.THINK:
                self.thought.append(token)
                self._after_thought_token(token)
            case Phase.CLOSING:
                self.thought.append(token)
                if not self._forced:
                    self._begin_answer()
            case Phase.ANSWER:
                self.answer.append(token)
                if token in self._markers.ends or self._completes_block(token):
                    self.end, self.phase = End.DONE, Phase.DONE
                elif self._must_end(token):
                    self.phase = Phase.DONE
            case Phase.DONE:
                raise AssertionError("a finished rollout takes no token")

    def stop(self, end: End) -> None:
        """End the rollout from outside, as cancelled or failed."""
        self.end, self.phase = end, Phase.DONE

    def rollout(
        self,
        request: Request,
        logprobs: Sequence[float],
        versions: tuple[tuple[int, int], ...],
        seconds: float,
        prompt_scores: tuple[tuple[float, int, float], ...] = (),
    ) -> Rollout:
        """Return the rollout so far, with what its sampler adds; see `Rollout`."""
        return Rollout(
            request=request,
            thought=tuple(self.thought),
            answer=tuple(self.answer),
            logprobs=tuple(logprobs),
            sampled=tuple(self.sampled),
            thought_end=self.thought_end,
            end=self.end,
            versions=versions,
            seconds=seconds,
            prompt_scores=prompt_scores,
            looped=self.looped,
        )

    def _closes(self, token: int) -> bool:
        close = self._markers.close
        return token in self._markers.ends or (*self.thought, token)[-len(close) :] == close

    def _after_thought_token(self, token: int) -> None:
        close = self._markers.close
        if tuple(self.thought[-len(close) :]) == close:
            self.thought_end = ThoughtEnd.NATURAL
            self._begin_answer()
        elif (reason := self._must_close(token)) is not None:
            self._close(reason)

    def _must_close(self, token: int) -> ThoughtEnd | None:
        if token in self._markers.ends:
            return ThoughtEnd.NATURAL
        if self._loops is not None and self._loops.push(token):
            return ThoughtEnd.LOOP
        may_stop = token in self._markers.stops and len(self.thought) >= max(self._min_think, FEW)
        earlier = self._soft_stop if may_stop else 0
        if len(self.thought) >= self._think_limit - earlier:
            return ThoughtEnd.BUDGET
        return ThoughtEnd.DEADLINE if self._close_in <= earlier else None

    def _must_end(self, token: int) -> bool:
        """Return whether to cut the answer off: a loop, a limit, the context or the deadline."""
        self.looped = self._loops is not None and self._loops.push(token)
        return (
            self.looped
            or len(self.answer) >= self._answer_limit
            or len(self.sampled) >= self._room
            or self._end_in <= 0
        )

    def _completes_block(self, token: int) -> bool:
        return self._block is not None and self._block.push(token)

    def _begin_answer(self) -> None:
        self.phase = Phase.ANSWER
        self._loops = None if self._loops is None else self._answer_loops()

    def _answer_loops(self) -> Loops:
        text = self._markers.text
        return Loops() if text is None else Loops(ANSWER, text)

    def _close(self, reason: ThoughtEnd) -> None:
        self.thought_end, self.phase = reason, Phase.CLOSING
        self._forced = list(self._markers.close)


def _ends_inside(prompt: tuple[int, ...], markers: Markers) -> bool:
    """Return whether a prompt ends inside a thought; some templates add text after its opening."""
    for end in range(len(prompt), 0, -1):
        for marker in filter(None, (markers.open, markers.close)):
            if prompt[max(0, end - len(marker)) : end] == marker:
                return marker == markers.open
    return False


def _or(limit: int | None, default: int) -> int:
    return default if limit is None else limit
