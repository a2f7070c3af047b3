"""Thoughts that go in circles, seen on token ids as they come.

Two signs: an exact cycle (the end of the thought is one pattern, several times over), and stale
words (hardly any n-gram of the last stretch is new), which also sees circles in which a number or
a name changes each time round. Greedy decoding of small models ends in one or the other
(arXiv 1904.09751, section 4.1).
"""

from collections import deque

MOST_PERIOD = 64
"""Tokens of a pattern at most."""
REPEATS, LEAST_CYCLE = 3, 24
"""A cycle is a pattern that has come back so often, over so many tokens, after its first time."""
NGRAM, WINDOW = 4, 128
NEW_SHARE = 0.04
"""Of the n-grams in a window, those that are new, below which a thought is stale."""


class Loops:
    """The memory of one thought; `push` each token and ask what it said.

    Example: 24 tokens behind the first "no, wait": loops = Loops(); any(map(loops.push, tokens))
    """

    __slots__ = ("_matched", "_new", "_ngrams", "_recent", "_tokens")

    def __init__(self) -> None:
        """Begin with an empty thought."""
        self._tokens: list[int] = []
        self._matched = [0] * MOST_PERIOD
        """For each period, tokens in a row that were what stood one period before."""
        self._ngrams: set[tuple[int, ...]] = set()
        self._recent: deque[bool] = deque(maxlen=WINDOW)
        self._new = 0

    def push(self, token: int) -> bool:
        """Take the next token of the thought; say whether it goes in circles."""
        return self._cycles(token) | self._is_stale()

    def _cycles(self, token: int) -> bool:
        found = False
        for place, before in enumerate(reversed(self._tokens[-MOST_PERIOD:])):
            matched = self._matched[place] + 1 if before == token else 0
            self._matched[place] = matched
            found |= matched >= max(REPEATS * (place + 1), LEAST_CYCLE)
        self._tokens.append(token)
        return found

    def _is_stale(self) -> bool:
        if len(self._tokens) < NGRAM:
            return False
        ngram = tuple(self._tokens[-NGRAM:])
        is_new = ngram not in self._ngrams
        self._ngrams.add(ngram)
        full = len(self._recent) == WINDOW
        self._new += is_new - (full and self._recent[0])
        self._recent.append(is_new)
        return full and self._new < NEW_SHARE * WINDOW
