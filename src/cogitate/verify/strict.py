"""Strict comparison: the whole answer must equal the target. It decides the reward."""

import unicodedata

from cogitate.types import Verdict
from cogitate.verify.quantity import clean, quantity


def strict(target: str, answer: str, *, case: bool = False, units: bool = False) -> Verdict:
    r"""Return reward 1 if the answer is the target and nothing else, else 0.

    Numbers are compared by value and texts after normalisation (see cogitate.verify.quantity): for
    the target "3", the answers "3", " 3\n", "03", "3.0" and "3e0" are correct; "3 r's" and "3." are
    not. The case of letters counts only with `case`.
    With `units`, a unit that only one of the two has is ignored: for "12 km" the answer "12" is
    correct, "12 m" is not; for "50 %" the answer "0.5" is not.
    """
    if same(target, answer, case=case, units=units):
        return Verdict(reward=1.0, why=f"{shown(answer)} is right")
    return Verdict(reward=0.0, why=f"expected {shown(target)}, got {shown(answer)}")


def same(target: str, answer: str, *, case: bool = False, units: bool = False) -> bool:
    """Return whether two answers are equal, as in `strict`; an empty one equals none."""
    one, other = quantity(target), quantity(answer)
    if one and other:
        return one.fits(other) if units else one == other
    spell = clean if case else canonical
    return spell(target) == spell(answer) != ""


def canonical(text: str) -> str:
    r"""Return the text in lower case with single spaces, without invisible characters.

    Example: canonical("  New   York\n") -> "new york"
    """
    folded = clean(text).casefold()
    return folded if folded.isascii() else unicodedata.normalize("NFC", folded)


def is_number(text: str) -> bool:
    """Return whether text is a number without a unit."""
    found = quantity(text)
    return found is not None and not found.unit


def shown(text: str, width: int = 60) -> str:
    """Return text quoted, on one line and truncated, for a verdict's `why`."""
    line = " ".join(text.split())
    return repr(line if len(line) <= width else line[: width - 3] + "...") if line else "nothing"
