"""The form of an answer, independent of the question."""

import re
import unicodedata

_MARKUP = re.compile(r"</?think|<\|")
_MAX_FOREIGN = 0.3
"""Share of a text's letters."""
_ENDS, _GRAM, _ENOUGH = (128, 256, 1024), 8, 64
"""Characters at a text's end, for short and long repetitions; characters per n-gram; minimum number
of n-grams."""
_MIN_NEW = 0.25
"""Share of distinct n-grams below which a text repeats itself."""


def is_malformed(answer: str) -> bool:
    """Return whether an answer is empty or contains markup.

    Example: is_malformed("</think> 3") -> True
    """
    return not answer.strip() or _MARKUP.search(answer) is not None


def is_foreign(question: str, text: str) -> bool:
    """Return whether a text uses a script that its question does not; Latin is always allowed.

    Example: is_foreign("How many?", "три") -> True; is_foreign("Сколько?", "три") -> False
    """
    if text.isascii():
        return False
    scripts = [_script(char) for char in text if char.isalpha()]
    known = {"LATIN", *(_script(char) for char in question if char.isalpha())}
    return sum(script not in known for script in scripts) > _MAX_FOREIGN * len(scripts)


def is_looping(text: str) -> bool:
    """Return whether a text ends in repetition: few of the n-grams at its end are distinct.

    Example: is_looping("no, wait. " * 20) -> True
    """
    return any(_repeats(text[-length:]) for length in _ENDS)


def _repeats(text: str) -> bool:
    grams = [text[start : start + _GRAM] for start in range(len(text) - _GRAM)]
    return len(grams) >= _ENOUGH and len(set(grams)) < _MIN_NEW * len(grams)


def _script(char: str) -> str:
    """Return the script of a letter, from its Unicode name: "CYRILLIC SMALL LETTER IO"."""
    return unicodedata.name(char, "UNKNOWN").split()[0]
