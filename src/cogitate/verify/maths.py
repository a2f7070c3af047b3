r"""Comparison of mathematical expressions, by the package math-verify (an extra).

equivalent("$\frac{1}{2}$", "0.5") -> 1
"""

import importlib
from typing import Any

from cogitate.errors import UsageError
from cogitate.types import Verdict
from cogitate.verify.strict import shown, strict


def looks_like_maths(target: str) -> bool:
    """Say whether a target is written in LaTeX, which text comparison does no justice to."""
    return "\\" in target or target.count("$") >= 2


def equivalent(target: str, answer: str) -> Verdict:
    """Give 1 if the answer is the target as text, or one expression equal to it; else 0.

    It may run for ever on what a model writes and has no time limit of its own here: call it
    in a process that can be killed.

    Raises:
        UsageError: math-verify is not installed.
    """
    try:
        math_verify: Any = importlib.import_module("math_verify")
    except ImportError as error:
        raise UsageError(
            "answers in LaTeX need math-verify: pip install 'cogitate[math-verify]'"
        ) from error

    verdict = strict(target, answer)
    if verdict.reward == 1.0 or _is_more_than_one(target, answer):
        return verdict
    # Its own limits are alarm signals, which work in a main thread only.
    gold = math_verify.parse(_delimited(target), parsing_timeout=None)
    given = math_verify.parse(_delimited(answer), parsing_timeout=None)
    if gold and given and math_verify.verify(gold, given, timeout_seconds=None):
        return Verdict(reward=1.0, why=f"{shown(answer)} equals {shown(target)}")
    return verdict


def _delimited(text: str) -> str:
    return text if "$" in text else f"${text.strip()}$"


def _is_more_than_one(target: str, answer: str) -> bool:
    """Say whether there are words or a list: the parser would pick the part that fits."""
    words = any(part.isalpha() and len(part) > 1 for part in answer.split())
    return words or answer.count("$") > 2 or answer.count(",") > target.count(",")
