"""English words, each in a fixed split: train_words(), test_words(), nonce_word().

    "strawberry" -> stem "strawberri" -> hash -> test, with "strawberries" and "Straw berry"

A word's split follows from a hash of its Snowball stem, never from a seed, so that no two splits
share a word. Held out of all training data are

- the test words: about 6 % of all stems, and the pinned ones;
- their inflections: every word with the stem of a test word (plurals, possessives, -ed, -ing,
  -ly), also after taking off -er, -ers or -est ("baker" goes with "bake"), and irregular forms
  ("mice" goes with "mouse");
- their case and spacing variants ("BaNaNa", "straw berry");
- compounds: every word that starts or ends with a test word of five letters or more.

The words and their frequency order are those of the package wordfreq (Speer 2022,
https://doi.org/10.5281/zenodo.7199437).
"""

import importlib
import re
from collections.abc import Sequence
from functools import cache
from random import Random
from typing import Any

from cogitate.tasks.families.irregular import forms_of
from cogitate.tasks.splits import content_share

PINNED_TEST_WORDS = ("strawberry", "raspberry", "mississippi", "bookkeeper", "banana")
"""Always held out: the words that are most often asked about."""

TEST_SHARE = 0.06
_NUM_RANKED = 45_000
_MIN_COMPOUND_PART = 5
_WORD = re.compile(r"(?=.*[aeiouy])[a-z]{2,20}")

LETTERS_BY_LEVEL = {1: (3, 5), 2: (6, 8), 3: (9, 11), 4: (12, 20)}
"""Level -> minimum and maximum number of letters of a word."""
_MAX_NONCE_LETTERS = 14
_PART_LETTERS = (2, 7)
"""Minimum and maximum number of letters of each part of a blend."""
_COMMON_RANK = 12_000
"""Words more frequent than this rank are common: most are one token in a large vocabulary."""
_COMMON_SHARE = 0.65


@cache
def ranked_words() -> tuple[str, ...]:
    """Return English words of 2 to 20 letters a-z, the most frequent first (about 42,000)."""
    return tuple(w for w in _most_frequent(_NUM_RANKED) if _WORD.fullmatch(w))


@cache
def test_words() -> tuple[str, ...]:
    """Return the held-out words, the most frequent first (about 2,500)."""
    words, held = ranked_words(), _test_stems()
    return tuple(w for w, stem in zip(words, _stems(words), strict=True) if stem in held)


@cache
def train_words() -> tuple[str, ...]:
    """Return the words of the train split, the most frequent first (about 37,000)."""
    return tuple(w for w in ranked_words() if not _held_out(w))


def is_held_out(text: str) -> bool:
    """Return whether a word, in any case or spacing, is a test word, its inflection or compound.

    Example: is_held_out("Straw berries") -> True; is_held_out("blueberry") -> False
    """
    letters = re.sub(r"[^a-z]", "", re.sub(r"['’]s\b", "", text.casefold()))
    return _held_out(letters)


def draw_word(rng: Random, split: str, level: int) -> str:
    """Draw a word of a split and level; about two thirds of real words are common ones."""
    min_letters, max_letters = LETTERS_BY_LEVEL[level]
    if split == "ood":
        return nonce_word(rng, rng.randint(min_letters, min(max_letters, _MAX_NONCE_LETTERS)))
    common, rare = _pool(split, level)
    return rng.choice(common if rng.random() < _COMMON_SHARE else rare)


def nonce_word(rng: Random, num_letters: int, split: str = "ood") -> str:
    """Return a pronounceable made-up word of a split ("ood" or "train"), not in a dictionary.

    Example: nonce_word(Random(0), 7) -> "jiclaix"
    """
    while True:
        word = _syllables(rng, num_letters)
        if _is_made_up(word, split):
            return word


def blend(rng: Random) -> str:
    """Return a made-up word of the train split: the head of a train word, the tail of another.

    Example: blend(Random(0)) -> "powdegaon"
    """
    whole = train_words()
    while True:
        head, tail = rng.choice(whole), rng.choice(whole)
        word = head[: rng.randint(*_PART_LETTERS)] + tail[-rng.randint(*_PART_LETTERS) :]
        if _is_made_up(word, "train"):
            return word


def nonce_words(seed: int, count: int = 1000) -> tuple[str, ...]:
    """Return `count` different made-up words of the ood split, 3 to 14 letters long."""
    rng = Random(f"nonce/{seed}")
    words: dict[str, None] = {}
    while len(words) < count:
        words[nonce_word(rng, rng.randint(3, _MAX_NONCE_LETTERS))] = None
    return tuple(words)


def _is_made_up(word: str, split: str) -> bool:
    own = "ood" if content_share(f"nonce {word}") < 0.5 else "train"
    return own == split and word not in _dictionary() and not _held_out(word)


@cache
def _most_frequent(count: int) -> tuple[str, ...]:
    from wordfreq import top_n_list

    return tuple(top_n_list("en", count))


@cache
def _stemmer() -> Any:
    snowball: Any = importlib.import_module("Stemmer")
    return snowball.Stemmer("english", 0)


def _stems(words: Sequence[str]) -> list[str]:
    """Return Snowball stems, with the same stem for "fuelled" and "fueled"."""
    stems: list[str] = _stemmer().stemWords(list(words))
    return [stem[:-1] if stem.endswith("ll") else stem for stem in stems]


@cache
def _test_stems() -> frozenset[str]:
    stems = set(_stems(ranked_words()))
    drawn = {stem for stem in stems if content_share(f"word {stem}") < TEST_SHARE}
    return frozenset(drawn.union(_stems(PINNED_TEST_WORDS)))


@cache
def _pool(split: str, level: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the real words of a split and level: (common ones, all others)."""
    min_letters, max_letters = LETTERS_BY_LEVEL[level]
    own = test_words() if split == "test" else train_words()
    fitting = [w for w in own if min_letters <= len(w) <= max_letters]
    common = frozenset(ranked_words()[:_COMMON_RANK])
    return tuple(w for w in fitting if w in common), tuple(w for w in fitting if w not in common)


@cache
def _compound_parts() -> frozenset[str]:
    return frozenset(w for w in test_words() if len(w) >= _MIN_COMPOUND_PART)


@cache
def _dictionary() -> frozenset[str]:
    return frozenset(_most_frequent(120_000))


def _held_out(word: str) -> bool:
    held = _test_stems()
    return any(stem in held for stem in _stems(_roots(word))) or _is_compound(word)


def _roots(word: str) -> list[str]:
    """Return the word and its possible roots, for -er, -ers, -est and irregular forms.

    Example: "runners" -> ["runners", "runn", "runne", "run"]; "men" -> ["men", "man"]
    """
    if forms := forms_of(word):
        return [word, *(form for form in forms if form != word)]
    for suffix in ("ers", "est", "er"):
        if word.endswith(suffix) and len(word) > len(suffix) + 2:
            short = word.removesuffix(suffix)
            undoubled = [short[:-1]] if short[-1] == short[-2] else []
            return [word, short, short + "e", *undoubled]
    return [word]


def _is_compound(word: str) -> bool:
    parts = _compound_parts()
    return any(
        word[:cut] in parts or word[-cut:] in parts
        for cut in range(_MIN_COMPOUND_PART, len(word) + 1)
    )


_ONSETS = ("b", "bl", "br", "c", "ch", "cl", "cr", "d", "dr", "f", "fl", "fr", "g", "gl", "gr",
           "h", "j", "k", "l", "m", "n", "p", "pl", "pr", "qu", "r", "s", "sh", "sl", "sp", "st",
           "str", "t", "th", "tr", "v", "w", "y", "z")  # fmt: skip
_VOWELS = ("a", "e", "i", "o", "u", "a", "e", "i", "o", "u", "ai", "ea", "ee", "oo", "ou")
_CODAS = ("", "", "", "b", "ck", "d", "ff", "g", "l", "ll", "m", "mp", "n", "nd", "ng", "nn", "p",
          "r", "rr", "s", "ss", "st", "t", "tt", "x")  # fmt: skip


def _syllables(rng: Random, num_letters: int) -> str:
    while True:
        word = ""
        while len(word) < num_letters:
            word += rng.choice(_ONSETS) + rng.choice(_VOWELS) + rng.choice(_CODAS)
        if len(word) == num_letters:
            return word
