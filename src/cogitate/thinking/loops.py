"""Loop detection: texts that repeat, detected on token ids as they are sampled.

There are three criteria:

- An exact cycle: the end of the text is one pattern, several times over.
- A stale window: hardly any recent n-gram is new. This also detects cycles in which a number or a
  name changes.
- A count ("1. 2. 3. ..."): every round equals the one before, with numbers that are one higher.

Greedy decoding of small models often ends in such a loop (arXiv 1904.09751, section 4.1). Answers
have higher limits than thoughts: a cut answer is lost, and its repetitions may be a table, a grid
or a refrain.
"""

import string
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

MAX_PERIOD = 64
"""Most tokens of a pattern."""
REPEATS, MIN_CYCLE = 3, 24
"""Least repetitions of a cycle after its first occurrence, and their least tokens."""
NGRAM, WINDOW = 4, 128
NEW_SHARE = 0.04
"""Share of new n-grams in a window below which a text is stale."""
MAX_NUMBERS = 4
"""Most numbers in one round of a count."""
BARE_ROUNDS = 100
"""Most rounds of a count without words, which the user may have asked for."""
ROUNDS = 30
"""Least rounds of a count in which words repeat."""
_BARE = frozenset(string.digits + string.punctuation + string.whitespace)

Text = Callable[[int], str]
"""The text of one token."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a text may repeat, in tokens.

    Example: Patience(cycle=24, bare=24, window=128, count=400)
    """

    cycle: int
    """Least tokens of an exact cycle."""
    bare: int
    """The same for a cycle without words: digits, punctuation and white space, as in a grid."""
    window: int
    """Length of the window in which some n-grams must be new."""
    count: int
    """Least tokens of a count in which words repeat."""


THOUGHT = Patience(cycle=MIN_CYCLE, bare=MIN_CYCLE, window=WINDOW, count=400)
ANSWER = Patience(cycle=64, bare=400, window=400, count=1400)
"""Longer than twenty flags of JSON, a grid of ten by ten, a truth table of four variables, or sixty
numbered users of a test."""


class Loops:
    """The loop detector of one text: `push` each token.

    Example: 24 tokens behind the first "no, wait": loops = Loops(); any(map(loops.push, tokens))
    """

    __slots__ = ("_count", "_matched", "_new", "_ngrams", "_num_bare", "_patience", "_places",
                 "_recent", "_text", "_tokens")  # fmt: skip

    def __init__(self, patience: Patience = THOUGHT, text: Text | None = None) -> None:
        """Start with an empty text; without `text` all tokens are words, and counts are ignored."""
        self._patience, self._text, self._count = patience, text, Count(patience.count)
        self._tokens: list[int] = []
        self._num_bare = 0
        """Number of consecutive last tokens without words."""
        self._places: dict[int, list[int]] = {}
        """Recent positions of each token."""
        self._matched: dict[int, int] = {}
        """By period: number of consecutive last tokens equal to those one period before, if any."""
        self._ngrams: set[tuple[int, ...]] = set()
        self._recent: deque[bool] = deque(maxlen=patience.window)
        self._new = 0

    def push(self, token: int) -> bool:
        """Append the next token; return whether the text is in a loop."""
        counts = False
        if self._text is not None:
            text = self._text(token)
            self._num_bare = self._num_bare + 1 if _BARE.issuperset(text) else 0
            counts = self._count.push(text)
        return self._cycles(token) | self._is_stale() | counts

    def _cycles(self, token: int) -> bool:
        now = len(self._tokens)
        places = [at for at in self._places.get(token, ()) if now - at <= MAX_PERIOD]
        self._matched = {now - at: self._matched.get(now - at, 0) + 1 for at in places}
        self._places[token] = [*places, now]
        self._tokens.append(token)
        return any(
            matched >= max(REPEATS * period, self._min_length(period))
            for period, matched in self._matched.items()
        )

    def _min_length(self, period: int) -> int:
        bare = self._num_bare >= period
        return self._patience.bare if bare else self._patience.cycle

    def _is_stale(self) -> bool:
        if len(self._tokens) < NGRAM:
            return False
        ngram = tuple(self._tokens[-NGRAM:])
        in_grid = self._num_bare >= NGRAM and self._patience.bare > self._patience.cycle
        is_new = in_grid or ngram not in self._ngrams
        self._ngrams.add(ngram)
        full = len(self._recent) == self._patience.window
        self._new += is_new - (full and self._recent[0])
        self._recent.append(is_new)
        return full and self._new < NEW_SHARE * self._patience.window


@dataclass(frozen=True, slots=True, kw_only=True)
class _Number:
    """A number of a text, with the text between the previous number and it.

    Example: of "1. 2": _Number(gap=". ", value=2, place=4)
    """

    gap: str
    value: int
    place: int
    """Number of tokens up to it."""


class Count:
    """Detects counts in one text: rounds that differ only in numbers that are one higher.

    A round has one to four numbers, some of which may stay the same.
    """

    __slots__ = ("_digits", "_gap", "_least", "_matched", "_num_tokens", "_numbers", "_ups")

    def __init__(self, least: int) -> None:
        """Start with an empty text; a count in which words repeat has `least` tokens or more."""
        self._least = least
        self._digits = self._gap = ""
        self._num_tokens = 0
        self._numbers: list[_Number] = []
        self._matched, self._ups = [0] * MAX_NUMBERS, [0] * MAX_NUMBERS
        """For each length of a round: the number of consecutive last numbers that equal those one
        round before or exceed them by one; and how many of them exceed."""

    def push(self, text: str) -> bool:
        """Append the text of the next token; return whether a count is too long."""
        self._num_tokens += 1
        found = False
        for char in text:
            if "0" <= char <= "9":
                self._digits += char
                continue
            found |= bool(self._digits) and self._end_number()
            self._gap += char
        return found

    def _end_number(self) -> bool:
        value = int(self._digits[:18])
        number = _Number(gap=self._gap, value=value, place=self._num_tokens)
        self._digits = self._gap = ""
        found = False
        for place, before in enumerate(reversed(self._numbers[-MAX_NUMBERS:])):
            rise = number.value - before.value
            goes_on = number.gap == before.gap and rise in (0, 1)
            self._matched[place] = self._matched[place] + 1 if goes_on else 0
            self._ups[place] = self._ups[place] + rise if goes_on else 0
            found |= self._is_loop(place + 1, number)
        self._numbers.append(number)
        return found

    def _is_loop(self, length: int, last: _Number) -> bool:
        """Return whether there are too many rounds of `length` numbers."""
        matched = self._matched[length - 1]
        rounds = min(matched // length, self._ups[length - 1])
        if rounds < ROUNDS:
            return False
        in_round = [last, *self._numbers[len(self._numbers) - length + 1 :]]
        if all(_BARE.issuperset(number.gap) for number in in_round):
            return rounds > BARE_ROUNDS
        return last.place - self._numbers[-matched].place >= self._least
