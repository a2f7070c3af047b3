"""Strict comparison: the whole answer is right, or it is not. What training rewards."""

import unicodedata

from cogitate.types import Verdict
from cogitate.verify.quantity import clean, quantity


def strict(target: str, answer: str, *, case: bool = False, units: bool = False) -> Verdict:
    r"""Give 1 if the answer is the target and nothing else, else 0.

    Numbers are compared by value and texts as they read (see cogitate.verify.quantity): "3" is
    right for "3", " 3\n", "03", "3.0" and "3e0"; not for "3 r's" or "3.". The case of letters
    counts with `case` alone.
    With `units` a unit that only one of the two has does not count: "12" is right for "12 km",
    "12 m" is not, and neither is "0.5" for "50 %".
    """
    if same(target, answer, case=case, units=units):
        return Verdict(reward=1.0, why=f"{shown(answer)} is right")
    return Verdict(reward=0.0, why=f"expected {shown(target)}, got {shown(answer)}")


def same(target: str, answer: str, *, case: bool = False, units: bool = False) -> bool:
    """Say whether two answers are one, as `strict` does; an empty one is like no other."""
    one, other = quantity(target), quantity(answer)
    if one and other:
        return one.fits(other) if units else one == other
    spell = clean if case else canonical
    return spell(target) == spell(answer) != ""


def canonical(text: str) -> str:
    r"""Return the text in lower case with single spaces, without what cannot be seen.

    Example: canonical("  New   York\n") -> "new york"
    """
    folded = clean(text).casefold()
    return folded if folded.isascii() else unicodedata.normalize("NFC", folded)


def is_number(text: str) -> bool:
    """Say whether text is a number without a unit."""
    found = quantity(text)
    return found is not None and not found.unit


def shown(text: str, width: int = 60) -> str:
    """Return text quoted, on one line and cut short, for a verdict's `why`."""
    line = " ".join(text.split())
    return repr(line if len(line) <= width else line[: width - 3] + "...") if line else "nothing"
