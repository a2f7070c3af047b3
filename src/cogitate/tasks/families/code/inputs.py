"""Inputs of each type: small, with repeated parts, and with what operations treat differently."""

from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from cogitate.tasks.families.code.operations import COUNTS, NUMBER, NUMBERS, TEXT, WORDS

EMPTY: dict[str, Any] = {NUMBERS: [], WORDS: [], TEXT: "", NUMBER: 0, COUNTS: {}}
_WORDS = (
    "tea", "stone", "arena", "toast", "noon", "river", "sun", "insert", "orator", "no", "Anna",
    "Otto", "is", "train", "ear", "Sam", "eat", "nest", "rose", "tar", "a", "Rain", "onion", "test",
    "area", "entire", "rain", "Tea", "sensor", "it", "reason", "oasis", "north", "xylem", "sky",
)  # fmt: skip
_PARTS = (
    *_WORDS,
    "7",
    "42",
    "105",
    "b2b",
    "R2",
    "ok,no",
    "one,two,",
    ", ",
    "  ",
    "-",
    "TNT",
    "aabb",
)


def draw(rng: Random, kind: str) -> Any:
    """Draw an input of a type."""
    return _DRAW[kind](rng)


def _numbers(rng: Random) -> list[int]:
    among = [rng.randint(-9, 20) for _ in range(rng.randint(1, 9))]
    return rng.choices(among, k=rng.choice((1, 2, 3, 4, 5, 5, 6, 6, 7, 8)))


def _words(rng: Random) -> list[str]:
    among = rng.sample(_WORDS, rng.randint(1, 8))
    return rng.choices(among, k=rng.choice((1, 2, 3, 4, 5, 5, 6, 7)))


def _text(rng: Random) -> str:
    parts = rng.choices(_PARTS, k=rng.choice((1, 2, 3, 3, 4, 5)))
    text = rng.choice((" ", " ", " ", ",", "")).join(parts)
    return f" {text} " if rng.random() < 0.1 else text


def _number(rng: Random) -> int:
    return rng.choice((rng.randint(-20, 20), rng.randint(-999, 999), rng.randint(0, 99_999)))


def _counts(rng: Random) -> dict[str, int]:
    keys: Sequence[str] = rng.sample(_WORDS, rng.choice((1, 2, 3, 4, 5, 6)))
    return {key: rng.randint(-2, 7) for key in keys}


_DRAW: dict[str, Callable[[Random], Any]] = {
    NUMBERS: _numbers,
    WORDS: _words,
    TEXT: _text,
    NUMBER: _number,
    COUNTS: _counts,
}
