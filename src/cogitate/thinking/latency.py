"""How long tokens take, as measured: what turns a deadline in seconds into tokens."""

from collections import deque
from collections.abc import Sequence
from statistics import median

from cogitate.budget import LAST_S
from cogitate.errors import OverloadedError
from cogitate.types import USUAL_ANSWER, Budget, Speed

ENOUGH = 0.95
"""Share of the answers seen for which the tokens that are kept are to be enough."""
CAUTION = 1.25
"""A row that thinks is taken to be so much slower than measured: others may join it."""
FIRST_GUESS_S = 0.05
"""Seconds of a step, or of a prompt, before any was measured."""
_RECENT, _LATEST, _SEEN, _SOME = 8, 2, 64, 8
_WEIGHT = 0.2
"""Of the latest measurement in a running mean."""
_TRIED = 8
"""Of so many refusals, one is a trial."""
_PATIENCE = 4
_USUAL_PROMPT = 32
"""Tokens of a question, where it is not known yet."""
_JOINING = 2
"""Times that others join while a row answers: time is kept for that."""


class Pace:
    """Seconds that a token of one row takes: its recent mean, or more if all the latest took more.

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
        return max(sum(self._recent) / len(self._recent), min(latest))


class Measured:
    """Seconds that work of some size takes, by the power of two that the size comes up to.

    The median of the latest counts: one slow step is no new speed.

    Example: steps = Measured(growth=1.5); steps.saw(8, 0.02); steps.expect(16) -> 0.03
    """

    def __init__(self, growth: float, guess_s: float) -> None:
        """Expect `guess_s` until something was seen, and `growth` times that at twice the size."""
        self._growth, self._guess_s = growth, guess_s
        self._latest: dict[int, deque[float]] = {}
        self._expected: dict[int, float] = {}

    def saw(self, size: int, seconds: float) -> None:
        """Note what work of this size took."""
        digits = (size - 1).bit_length()
        latest = self._latest.setdefault(digits, deque(maxlen=_RECENT))
        latest.append(seconds)
        self._expected[digits] = median(latest)

    def expect(self, size: int) -> float:
        """Return the seconds to expect; less work than was seen takes as long as that."""
        digits = (size - 1).bit_length()
        larger = [seen for seen in self._expected if seen >= digits]
        if larger:
            return self._expected[min(larger)]
        if not self._expected:
            return self._guess_s
        largest = max(self._expected)
        return self._expected[largest] * self._growth ** (digits - largest)


class LatencyModel:
    """What the engine's work has taken so far, and what deadlines therefore leave time for.

    Example: schedule = LatencyModel(num_close=1); schedule.steps.saw(8, 0.02);
    schedule.thought_left(1.0, 0.02, num_rows=1, answer=16) -> 22
    """

    def __init__(self, num_close: int) -> None:
        """Have seen no work; a thought is closed by `num_close` tokens."""
        self._num_close = num_close
        self.steps = Measured(growth=1.5, guess_s=FIRST_GUESS_S)
        """One token for each of so many rows."""
        self.prompts = Measured(growth=2.0, guess_s=FIRST_GUESS_S)
        """So many tokens of whole prompts."""
        self.chunks = Measured(growth=2.0, guess_s=FIRST_GUESS_S)
        """So many tokens of one long prompt: each looks back at all of it."""
        self._prompt_s = 0.0
        """Seconds that prompts took in the steps in which some began."""
        self._answers: deque[int] = deque(maxlen=_SEEN)
        """Tokens of the latest, behind thoughts that closed by themselves."""
        self._hurried: deque[int] = deque(maxlen=_SEEN)
        """Of those behind thoughts that a deadline closed: in them the thought may go on."""
        self.usual = self._typical = self._first = USUAL_ANSWER
        """Tokens that are enough for most answers, for half of them, and before any was seen."""
        self._num_refused = 0
        self._saved_s = 0.0
        """Of what rows with deadlines can spare, what no long prompt has taken yet."""

    def speed(self) -> Speed:
        """Return what a deadline is reckoned with before its prompt is known, for a row alone."""
        return Speed(
            tokens_per_s=1 / self.steps.expect(1),
            answer=self.usual,
            prompt_s=self.prompts.expect(_USUAL_PROMPT),
        )

    def saw_step(self, num_rows: int, prompts: int, stretch: int, seconds: float) -> None:
        """Note how long a step took, which is put down for what it does not do in every step.

        Args:
            num_rows: that got a token.
            prompts: tokens of whole prompts.
            stretch: tokens of a long prompt.
            seconds: of all together.
        """
        if not prompts and not stretch:
            self.steps.saw(num_rows, seconds)
            return
        seconds -= self.steps.expect(num_rows) if num_rows else 0.0
        if not stretch:
            self.prompts.saw(prompts, max(0.0, seconds))
            self._prompt_s = (1 - _WEIGHT) * self._prompt_s + _WEIGHT * max(0.0, seconds)
            return
        seconds -= self.prompts.expect(prompts) if prompts else 0.0
        self.chunks.saw(stretch, max(0.0, seconds))

    def saw_answer(self, num_tokens: int, *, whole: bool, hurried: bool) -> None:
        """Note how long an answer was; one that was cut off would have been longer.

        For what is kept for answers, hurried ones count where there are few others: those that
        ramble would make all thoughts shorter, and behind shorter thoughts more answers ramble.
        """
        seen = self._hurried if hurried else self._answers
        seen.append(num_tokens if whole else 2 * num_tokens)
        self._reckon()

    def forget_answers(self, usual: int, seen: Sequence[int] = ()) -> None:
        """Begin anew with answers of `seen` tokens, or of `usual` where there are none."""
        self._hurried.clear()
        self._answers.clear()
        self._answers.extend(seen)
        self.usual = self._typical = usual
        if seen:
            self._reckon()
        self._first = self.usual

    def can_spare(self, num_tokens: int, num_rows: int, *, fits: bool) -> bool:
        """Say whether rows with deadlines can spare so many tokens of a long prompt in this step.

        It gets half of the time that they are reckoned to lose to others (`CAUTION`). Where it
        `fits` into none of their spare time, it goes on all the same after `_PATIENCE` times that.
        """
        self._saved_s += (CAUTION - 1) / 2 * self.steps.expect(num_rows)
        if self._saved_s < self.chunks.expect(num_tokens) * (1 if fits else _PATIENCE):
            return False
        self._saved_s = 0.0
        return True

    def soonest_s(self, budgets: Sequence[Budget], num_rows: int, num_prompt_tokens: int) -> float:
        """Return the seconds until new rows had typical answers, without any thought.

        Args:
            budgets: of requests that come together.
            num_rows: that then run, the new ones included.
            num_prompt_tokens: to be computed until they can begin.
        """
        return self._soonest_s(budgets, num_rows, num_prompt_tokens, self._typical)

    def need_time(
        self, budgets: Sequence[Budget], left_s: float, num_rows: int, num_prompt_tokens: int
    ) -> None:
        """Refuse deadlines by which new rows could not even have typical answers; see `soonest_s`.

        Where nobody else runs, some are let in all the same that would have been at first: what is
        refused teaches nothing.

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
            f"no answer is to be had within {deadline_s:g} s: beside {num_rows - len(budgets)}"
            f" others the soonest would take {soonest_s:.2g} s; allow more, or ask again"
        )

    def left(self, seconds: float, pace_s: float) -> int:
        """Return for how many tokens so many seconds leave time."""
        return int((seconds - LAST_S) / pace_s)

    def thought_left(self, seconds: float, pace_s: float, num_rows: int, answer: int | None) -> int:
        """Return for how many more tokens of a thought there is time, with caution.

        Of several rows, some leave and others join in their places while an answer is written.
        """
        joining_s = _JOINING * self._prompt_s if num_rows > 1 else 0.0
        return self.left(seconds - joining_s, CAUTION * pace_s) - self.kept(answer)

    def needed_s(self, num_tokens: int, pace_s: float) -> float:
        """Return the seconds that so many tokens take, and handing them over."""
        return pace_s * num_tokens + LAST_S

    def kept(self, answer: int | None) -> int:
        """Return the tokens kept for closing a thought and for an answer of at most `answer`."""
        return self._num_close + min(self.usual, answer or self.usual)

    def _reckon(self) -> None:
        every = [*self._answers, *self._hurried]
        known = self._answers if len(self._answers) >= _SOME else every
        self.usual = sorted(known)[int(ENOUGH * (len(known) - 1))]
        self._typical = sorted(every)[(len(every) - 1) // 2]

    def _soonest_s(
        self, budgets: Sequence[Budget], num_rows: int, num_prompt_tokens: int, answer: int
    ) -> float:
        most = max(b.max_answer or answer for b in budgets)
        steps_s = CAUTION * self.steps.expect(num_rows) * (self._num_close + min(answer, most))
        return self.prompts.expect(num_prompt_tokens) + steps_s + LAST_S
