"""The form of an answer, whatever the question was."""

import re
import unicodedata

_MARKUP = re.compile(r"</?think|<\|")
_MOST_FOREIGN = 0.3
"""Of a text's letters."""
_ENDS, _GRAM, _ENOUGH = (128, 256, 1024), 8, 64
"""Characters of a text's end, for short circles and long ones; of the pieces that it is cut into;
and pieces to judge by."""
_LEAST_NEW = 0.25
"""Share of the pieces that are different from each other in a text that gets on."""


def is_malformed(answer: str) -> bool:
    """Say whether an answer has no text of its own, or markup in it.

    Example: is_malformed("</think> 3") -> True
    """
    return not answer.strip() or _MARKUP.search(answer) is not None


def is_foreign(question: str, text: str) -> bool:
    """Say whether a text drifts into a script that its question does not use; Latin never counts.

    Example: is_foreign("How many?", "три") -> True; is_foreign("Сколько?", "три") -> False
    """
    if text.isascii():
        return False
    scripts = [_script(char) for char in text if char.isalpha()]
    known = {"LATIN", *(_script(char) for char in question if char.isalpha())}
    return sum(script not in known for script in scripts) > _MOST_FOREIGN * len(scripts)


def is_looping(text: str) -> bool:
    """Say whether a text ends by going round in circles: hardly a piece of its end is new.

    Example: is_looping("no, wait. " * 20) -> True
    """
    return any(_is_stale(text[-length:]) for length in _ENDS)


def _is_stale(text: str) -> bool:
    pieces = [text[start : start + _GRAM] for start in range(len(text) - _GRAM)]
    return len(pieces) >= _ENOUGH and len(set(pieces)) < _LEAST_NEW * len(pieces)


def _script(char: str) -> str:
    """Return the script of a letter, by its name: "CYRILLIC SMALL LETTER IO"."""
    return unicodedata.name(char, "UNKNOWN").split()[0]
