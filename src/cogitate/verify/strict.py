"""Strict comparison: the whole answer is right, or it is not. What training rewards."""

import re
from decimal import Decimal

from cogitate.types import Verdict

_NUMBER = re.compile(r"[+-]?\d{1,1000}(\.\d{1,1000})?", re.ASCII)


def strict(target: str, answer: str) -> Verdict:
    r"""Give 1 if the answer is the target and nothing else, else 0.

    White space around and between words and the case of letters do not count, and numbers are
    compared by value: "3" is right for "3", " 3\n", "03" and "3.0"; not for "3 r's" or "3.".
    """
    if same(target, answer):
        return Verdict(reward=1.0, why=f"{shown(answer)} is right")
    return Verdict(reward=0.0, why=f"expected {shown(target)}, got {shown(answer)}")


def same(target: str, answer: str) -> bool:
    """Say whether two answers are one, as `strict` does; an empty one is like no other."""
    target, answer = canonical(target), canonical(answer)
    if is_number(target) and is_number(answer):
        return Decimal(target) == Decimal(answer)
    return target == answer != ""


def canonical(text: str) -> str:
    r"""Return the text in lower case with single spaces.

    Example: canonical("  New   York\n") -> "new york"
    """
    return " ".join(text.casefold().split())


def is_number(text: str) -> bool:
    """Say whether text is a plain number: digits, perhaps a sign and decimals."""
    return _NUMBER.fullmatch(text) is not None


def shown(text: str, width: int = 60) -> str:
    """Return text quoted, on one line and cut short, for a verdict's `why`."""
    line = " ".join(text.split())
    return repr(line if len(line) <= width else line[: width - 3] + "...") if line else "nothing"
