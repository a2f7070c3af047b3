"""Prefix cache: keys and values of earlier tokens, which a conversation's next turn reuses."""

from collections import deque
from dataclasses import dataclass
from itertools import takewhile

from torch import Tensor

LEAST = 16
"""Fewest common tokens that are worth reusing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prefix:
    """The keys and values [layers, kv heads, tokens, head width] of some tokens from position 0.

    Example: Prefix(tokens=(1, 5, 9), keys=..., values=...)
    """

    tokens: tuple[int, ...]
    keys: Tensor
    values: Tensor

    def cut(self, num: int) -> "Prefix":
        """Return its first `num` tokens."""
        return Prefix(
            tokens=self.tokens[:num], keys=self.keys[:, :, :num], values=self.values[:, :, :num]
        )


class Prefixes:
    """The most recent prefixes, up to a total number of tokens.

    Example: prefixes.keep(prefix); prefixes.find((1, 5, 9, 4)) -> the Prefix of (1, 5, 9)
    """

    def __init__(self, max_tokens: int) -> None:
        """Create an empty cache."""
        self._max_tokens = max_tokens
        self._kept: deque[Prefix] = deque()

    def keep(self, prefix: Prefix) -> None:
        """Add a prefix, and remove the oldest ones beyond the limit."""
        self._kept = deque(old for old in self._kept if not _begins(prefix.tokens, old.tokens))
        self._kept.append(prefix)
        while sum(len(old.tokens) for old in self._kept) > self._max_tokens:
            self._kept.popleft()

    def find(self, prompt: tuple[int, ...]) -> Prefix | None:
        """Return the longest cached prefix of a prompt without its last token, if long enough."""
        shared = [(_num_shared(old.tokens, prompt[:-1]), old) for old in self._kept]
        num, best = max(shared, key=lambda pair: pair[0], default=(0, None))
        return best.cut(num) if best is not None and num >= LEAST else None

    def clear(self) -> None:
        """Remove all prefixes: the weights have changed."""
        self._kept.clear()


def _num_shared(one: tuple[int, ...], other: tuple[int, ...]) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _begins(tokens: tuple[int, ...], beginning: tuple[int, ...]) -> bool:
    return tokens[: len(beginning)] == beginning
