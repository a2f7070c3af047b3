"""Keys and values of what was computed before: a conversation's next turn begins where it ended."""

from collections import deque
from dataclasses import dataclass
from itertools import takewhile

from torch import Tensor

LEAST = 32
"""Tokens in common from which it is worth to go on from them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prefix:
    """The keys and values [layers, kv heads, tokens, head width] of some tokens from position 0.

    Example: Prefix(tokens=(1, 5, 9), keys=..., values=...)
    """

    tokens: tuple[int, ...]
    keys: Tensor
    values: Tensor

    def cut(self, num: int) -> "Prefix":
        """Return the first `num` tokens of it."""
        return Prefix(
            tokens=self.tokens[:num], keys=self.keys[:, :, :num], values=self.values[:, :, :num]
        )


class Prefixes:
    """The latest of them, as many as a number of tokens allows.

    Example: prefixes.keep(prefix); prefixes.find((1, 5, 9, 4)) -> the Prefix of (1, 5, 9)
    """

    def __init__(self, most_tokens: int) -> None:
        """Hold nothing yet."""
        self._most_tokens = most_tokens
        self._kept: deque[Prefix] = deque()

    def keep(self, prefix: Prefix) -> None:
        """Remember one, and forget the oldest for which there is no room any more."""
        self._kept = deque(old for old in self._kept if not _begins(prefix.tokens, old.tokens))
        self._kept.append(prefix)
        while sum(len(old.tokens) for old in self._kept) > self._most_tokens:
            self._kept.popleft()

    def find(self, prompt: tuple[int, ...]) -> Prefix | None:
        """Return the longest beginning of a prompt that is known, but for its last token."""
        shared = [(_num_shared(old.tokens, prompt[:-1]), old) for old in self._kept]
        num, best = max(shared, key=lambda pair: pair[0], default=(0, None))
        return best.cut(num) if best is not None and num >= LEAST else None

    def clear(self) -> None:
        """Forget all: the weights have changed."""
        self._kept.clear()


def _num_shared(one: tuple[int, ...], other: tuple[int, ...]) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _begins(tokens: tuple[int, ...], beginning: tuple[int, ...]) -> bool:
    return tokens[: len(beginning)] == beginning
