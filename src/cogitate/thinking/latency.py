"""The latency model: measured times, which convert a deadline in seconds to tokens."""

from collections import deque
from collections.abc import Sequence
from statistics import median

from cogitate.budget import LAST_S
from cogitate.errors import OverloadedError
from cogitate.types import USUAL_ANSWER, Budget, Speed

ENOUGH = 0.95
"""Quantile of the observed answer lengths that is reserved for an answer."""
CAUTION = 1.25
"""Factor on the measured time of a token of a thought: other sequences may join."""
FIRST_GUESS_S = 0.05
"""Seconds of a step, or of a prompt, before the first measurement."""
_RECENT, _LATEST, _SEEN, _SOME = 8, 2, 64, 8
_WEIGHT = 0.2
"""Weight of the latest measurement in a running mean."""
_TRIED = 8
"""One of this many refusals is admitted as a trial."""
_PATIENCE = 4
_USUAL_PROMPT = 32
"""Assumed tokens of a question that is not known yet."""
_JOINING = 2
"""How often other sequences are assumed to join during an answer."""


class Pace:
    """Seconds a token of one sequence: the recent mean, or the least of the latest, if larger.

    Example: pace = Pace(); pace.tick(1.0); pace.tick(1.1); pace.seconds(0.05) -> 0.1
    """

    __slots__ = ("_last", "_recent")

    def __init__(self) -> None:
        """Start without measurements."""
        self._last: float | None = None
        self._recent: deque[float] = deque(maxlen=_RECENT)

    def tick(self, now: float) -> None:
        """Record that a token was sampled at time `now`."""
        if self._last is not None:
            self._recent.append(now - self._last)
        self._last = now

    def seconds(self, expected_s: float) -> float:
        """Return seconds a token, or `expected_s` before the second token."""
        if not self._recent:
            return expected_s
        latest = list(self._recent)[-_LATEST:]
        return max(sum(self._recent) / len(self._recent), min(latest))


class Measured:
    """Seconds that work takes by its size, rounded up to a power of two.

    The estimate is the median of the latest measurements, so that one slow step does not count.

    Example: steps = Measured(growth=1.5); steps.saw(8, 0.02); steps.expect(16) -> 0.03
    """

    def __init__(self, growth: float, guess_s: float) -> None:
        """Expect `guess_s` before the first measurement; twice the size takes `growth` times."""
        self._growth, self._guess_s = growth, guess_s
        self._latest: dict[int, deque[float]] = {}
        self._expected: dict[int, float] = {}

    def saw(self, size: int, seconds: float) -> None:
        """Record the time of work of this size."""
        digits = (size - 1).bit_length()
        latest = self._latest.setdefault(digits, deque(maxlen=_RECENT))
        latest.append(seconds)
        self._expected[digits] = median(latest)

    def expect(self, size: int) -> float:
        """Return the expected seconds; those of the next larger measured size, if any."""
        digits = (size - 1).bit_length()
        larger = [seen for seen in self._expected if seen >= digits]
        if larger:
            return self._expected[min(larger)]
        if not self._expected:
            return self._guess_s
        largest = max(self._expected)
        return self._expected[largest] * self._growth ** (digits - largest)


class LatencyModel:
    """Measured times of the engine's work, and the tokens that a deadline leaves time for.

    Example: latency = LatencyModel(num_close=1); latency.steps.saw(8, 0.02);
    latency.thought_left(1.0, 0.02, num_rows=1, answer=16) -> 22
    """

    def __init__(self, num_close: int) -> None:
        """Start without measurements; `num_close` tokens close a thought."""
        self._num_close = num_close
        self.steps = Measured(growth=1.5, guess_s=FIRST_GUESS_S)
        """By batch size: one token for each sequence."""
        self.prompts = Measured(growth=2.0, guess_s=FIRST_GUESS_S)
        """By number of tokens of whole prompts."""
        self.chunks = Measured(growth=2.0, guess_s=FIRST_GUESS_S)
        """By number of tokens of a prefill chunk: each attends to the whole prompt so far."""
        self._prompt_s = 0.0
        """Running mean of the seconds that prompts took, over steps with prompts."""
        self._answers: deque[int] = deque(maxlen=_SEEN)
        """Lengths of the latest answers after thoughts that no deadline closed."""
        self._forced: deque[int] = deque(maxlen=_SEEN)
        """Lengths of those after thoughts closed by a deadline, which may continue the thought."""
        self.usual = self._typical = self._first = USUAL_ANSWER
        """Tokens that suffice for most answers, for half of them, and before any measurement."""
        self._num_refused = 0
        self._saved_s = 0.0
        """Time that sequences with deadlines could spare and no long prompt has used yet."""

    def speed(self) -> Speed:
        """Return the speed of a single request whose prompt is not known yet."""
        return Speed(
            tokens_per_s=1 / self.steps.expect(1),
            answer=self.usual,
            prompt_s=self.prompts.expect(_USUAL_PROMPT),
        )

    def saw_step(self, num_rows: int, prompts: int, chunk: int, seconds: float) -> None:
        """Record how long a step took; the time beyond a plain step is that of its prompts.

        Args:
            num_rows: sequences that got a token.
            prompts: tokens of whole prompts.
            chunk: tokens of a prefill chunk of a long prompt.
            seconds: time of the whole step.
        """
        if not prompts and not chunk:
            self.steps.saw(num_rows, seconds)
            return
        seconds -= self.steps.expect(num_rows) if num_rows else 0.0
        if not chunk:
            self.prompts.saw(prompts, max(0.0, seconds))
            self._prompt_s = (1 - _WEIGHT) * self._prompt_s + _WEIGHT * max(0.0, seconds)
            return
        seconds -= self.prompts.expect(prompts) if prompts else 0.0
        self.chunks.saw(chunk, max(0.0, seconds))

    def saw_answer(self, num_tokens: int, *, whole: bool, forced: bool) -> None:
        """Record the length of an answer; one that was cut off counts twice its length.

        Answers after a thought closed by a deadline (`forced`) count only if there are few others:
        long ones would shorten all thoughts, and shorter thoughts lead to longer answers.
        """
        seen = self._forced if forced else self._answers
        seen.append(num_tokens if whole else 2 * num_tokens)
        self._estimate()

    def forget_answers(self, usual: int, seen: Sequence[int] = ()) -> None:
        """Start again with answers of `seen` tokens, or of `usual` if there are none."""
        self._forced.clear()
        self._answers.clear()
        self._answers.extend(seen)
        self.usual = self._typical = usual
        if seen:
            self._estimate()
        self._first = self.usual

    def can_spare(self, num_tokens: int, num_rows: int, *, fits: bool) -> bool:
        """Return whether sequences with deadlines can spare the time of a prefill chunk now.

        Long prompts get half of the time that others are assumed to take (`CAUTION`). A chunk that
        does not fit (`fits`) into the spare time continues after `_PATIENCE` times as long a wait.
        """
        self._saved_s += (CAUTION - 1) / 2 * self.steps.expect(num_rows)
        if self._saved_s < self.chunks.expect(num_tokens) * (1 if fits else _PATIENCE):
            return False
        self._saved_s = 0.0
        return True

    def soonest_s(self, budgets: Sequence[Budget], num_rows: int, num_prompt_tokens: int) -> float:
        """Return the seconds until new requests had typical answers without a thought.

        Args:
            budgets: budgets of requests that arrive together.
            num_rows: sequences that then run, the new ones included.
            num_prompt_tokens: prompt tokens to compute before they can begin.
        """
        return self._soonest_s(budgets, num_rows, num_prompt_tokens, self._typical)

    def need_time(
        self, budgets: Sequence[Budget], left_s: float, num_rows: int, num_prompt_tokens: int
    ) -> None:
        """Refuse deadlines too early even for typical answers without a thought; see `soonest_s`.

        If nothing else runs, some that the first estimate would have accepted are admitted as
        trials: a refused request gives no measurement.

        Raises:
            OverloadedError: says how long the soonest answer would take.
        """
        soonest_s = self.soonest_s(budgets, num_rows, num_prompt_tokens)
        if soonest_s <= left_s:
            return
        self._num_refused += 1
        is_alone, is_due = num_rows == len(budgets), self._num_refused % _TRIED == 0
        first_s = self._soonest_s(budgets, num_rows, num_prompt_tokens, self._first)
        if is_alone and is_due and first_s <= left_s:
            return
        deadline_s = min(b.deadline_s for b in budgets if b.deadline_s is not None)
        raise OverloadedError(
            f"no answer can be ready within {deadline_s:g} s: beside {num_rows - len(budgets)}"
            f" others the soonest would take {soonest_s:.2g} s; allow more, or ask again"
        )

    def left(self, seconds: float, pace_s: float) -> int:
        """Return the number of tokens that fit into `seconds`."""
        return int((seconds - LAST_S) / pace_s)

    def thought_left(self, seconds: float, pace_s: float, num_rows: int, answer: int | None) -> int:
        """Return the number of further thought tokens that there is time for, cautiously.

        While an answer is written, some sequences finish and others start in their place.
        """
        joining_s = _JOINING * self._prompt_s if num_rows > 1 else 0.0
        return self.left(seconds - joining_s, CAUTION * pace_s) - self.kept(answer)

    def needed_s(self, num_tokens: int, pace_s: float) -> float:
        """Return the seconds to write `num_tokens` tokens and hand them over."""
        return pace_s * num_tokens + LAST_S

    def kept(self, answer: int | None) -> int:
        """Return the tokens reserved for closing a thought and an answer of at most `answer`."""
        return self._num_close + min(self.usual, answer or self.usual)

    def _estimate(self) -> None:
        every = [*self._answers, *self._forced]
        known = self._answers if len(self._answers) >= _SOME else every
        self.usual = sorted(known)[int(ENOUGH * (len(known) - 1))]
        self._typical = sorted(every)[(len(every) - 1) // 2]

    def _soonest_s(
        self, budgets: Sequence[Budget], num_rows: int, num_prompt_tokens: int, answer: int
    ) -> float:
        max_answer = max(b.max_answer or answer for b in budgets)
        steps_s = (
            CAUTION * self.steps.expect(num_rows) * (self._num_close + min(answer, max_answer))
        )
        return self.prompts.expect(num_prompt_tokens) + steps_s + LAST_S
