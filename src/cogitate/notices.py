"""Notices to the user beside the results: one line each, to stderr."""

import sys
import unicodedata

_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""What changes the order in which text is shown."""


def say(message: str) -> None:
    """Write a message as one line.

    Example: say("runs/mine is not finished") writes "cogitate: runs/mine is not finished"
    """
    sys.stderr.write(f"cogitate: {visible(' '.join(message.split()))}\n")


def visible(text: str) -> str:
    r"""Return a text with what would command a terminal, or mislead a reader, as its escapes.

    Example: visible("a\x1b[2J") -> r"a\x1b[2J"
    """
    if text.isprintable():
        return text
    return "".join(
        c.encode("unicode_escape").decode() if _is_command(c) and c not in "\n\t" else c
        for c in text
    )


def _is_command(character: str) -> bool:
    return character in _BIDI or unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp")
