"""How long tokens take, as measured: what turns a deadline in seconds into tokens."""

from collections import deque

ANSWER_TOKENS = 32
"""Kept for the answer of a row with a deadline, until answers of this model were seen."""
ENOUGH = 0.95
"""Share of the answers seen for which the tokens that are kept are to be enough."""
CAUTION = 1.25
"""A row is taken to be so much slower than measured: others may join it."""
LAST_S = 0.02
"""Of a deadline, left for handing the answer over."""
FIRST_GUESS_S = 0.05
"""Seconds of a step before any was measured."""
_RECENT, _LATEST, _SEEN = 8, 2, 256
_WEIGHT = 0.2
"""Of the latest measurement in a running mean."""
_GROWTH = 1.5
"""How much longer a step is expected to take with twice the rows, until it was seen."""
_PROMPT_SHARE = 1 / 16
"""Of a step's time, what a token of a prompt is expected to take, until it was seen."""


class Pace:
    """Seconds that a token of one row takes: the slower of its recent mean and its latest few.

    Example: pace = Pace(); pace.tick(1.0); pace.tick(1.1); pace.seconds(0.05) -> 0.1
    """

    __slots__ = ("_last", "_recent")

    def __init__(self) -> None:
        """Have seen no token."""
        self._last: float | None = None
        self._recent: deque[float] = deque(maxlen=_RECENT)

    def tick(self, now: float) -> None:
        """Note that a token came."""
        if self._last is not None:
            self._recent.append(now - self._last)
        self._last = now

    def seconds(self, expected_s: float) -> float:
        """Return seconds a token, `expected_s` until two have come."""
        if not self._recent:
            return expected_s
        latest = list(self._recent)[-_LATEST:]
        return max(sum(self._recent) / len(self._recent), sum(latest) / len(latest))


class Schedule:
    """What the engine's work has taken so far, and what deadlines therefore leave time for.

    Example: schedule = Schedule(num_close=1); schedule.saw_step(8, 0.02);
    schedule.step_s(16) -> 0.03
    """

    def __init__(self, num_close: int) -> None:
        """Have seen no work; a thought is closed by `num_close` tokens."""
        self._num_close = num_close
        self._step_s: dict[int, float] = {}
        """By the number of binary digits of the number of rows."""
        self._prompt_token_s: float | None = None
        self._answers: deque[int] = deque(maxlen=_SEEN)

    def saw_step(self, num_rows: int, seconds: float) -> None:
        """Note what one token for each of the rows took."""
        size = num_rows.bit_length()
        self._step_s[size] = _mean(self._step_s.get(size), seconds)

    def saw_prompts(self, num_tokens: int, seconds: float) -> None:
        """Note what so many tokens of prompts took."""
        self._prompt_token_s = _mean(self._prompt_token_s, seconds / num_tokens)

    def saw_answer(self, num_tokens: int) -> None:
        """Note how long an answer was that came to its end."""
        self._answers.append(num_tokens)

    def step_s(self, num_rows: int) -> float:
        """Return the seconds to expect of a step; fewer rows than seen take as long as those."""
        size = num_rows.bit_length()
        larger = [seen for seen in self._step_s if seen >= size]
        if larger:
            return self._step_s[min(larger)]
        if not self._step_s:
            return FIRST_GUESS_S
        largest = max(self._step_s)
        return self._step_s[largest] * _GROWTH ** (size - largest)

    def soonest_s(self, num_rows: int, num_prompt_tokens: int, answer: int | None) -> float:
        """Return the seconds until a new row could have answered without any thought.

        Args:
            num_rows: that then run, the new one included.
            num_prompt_tokens: to be computed until it can begin.
            answer: its limit, in tokens.
        """
        step_s = self.step_s(num_rows)
        each = self._prompt_token_s
        prompts_s = num_prompt_tokens * (_PROMPT_SHARE * step_s if each is None else each)
        return prompts_s + CAUTION * step_s * self._kept(answer) + LAST_S

    def left(self, seconds: float, pace_s: float, answer: int | None) -> tuple[int, int]:
        """Return for how many tokens of thought, and in all, so many seconds leave time."""
        in_all = int((seconds - LAST_S) / (CAUTION * pace_s))
        return in_all - self._kept(answer), in_all

    def _kept(self, answer: int | None) -> int:
        """Return the tokens kept for closing and for the answer."""
        seen = sorted(self._answers)
        usual = seen[int(ENOUGH * (len(seen) - 1))] if seen else ANSWER_TOKENS
        return self._num_close + min(usual, answer or usual)


def _mean(before: float | None, seconds: float) -> float:
    return seconds if before is None else (1 - _WEIGHT) * before + _WEIGHT * seconds
