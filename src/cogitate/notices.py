"""Notices to the user beside the results: one line each, to stderr."""

import os
import sys
import unicodedata

_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""What changes the order in which text is shown."""


def say(message: str, *, dim: bool = False) -> None:
    """Write a message as one line; on a terminal, dimmed if it may be overlooked.

    Example: say("runs/mine is not finished") writes "cogitate: runs/mine is not finished"
    """
    line = f"cogitate: {visible(' '.join(message.split()))}"
    dim = dim and sys.stderr.isatty() and "NO_COLOR" not in os.environ
    sys.stderr.write(f"\x1b[2m{line}\x1b[0m\n" if dim else f"{line}\n")


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
