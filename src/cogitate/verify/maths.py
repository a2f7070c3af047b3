r"""Comparison of mathematical expressions with the package math-verify (an extra).

equivalent(r"\frac{1}{2}", "0.5") -> 1
"""

import importlib
import math
import re
from typing import Any

from cogitate.errors import UsageError
from cogitate.types import Verdict
from cogitate.verify.quantity import clean, quantity
from cogitate.verify.strict import same, shown, strict

_IN = r"((?:\\\$|[^$])+)"
_DELIMITED = re.compile(
    rf"\$\${_IN}\$\$|\$(?!\$){_IN}(?<!\\)\$|\\\((.+)\\\)|\\\[(.+)\\\]", re.DOTALL
)
_ESCAPE = re.compile(r"(?<!\\)\\[bBdDnrtsSwW](?![A-Za-z])|^\s*[A-Za-z]:\\[^{}]*$")
_MAX_DIGITS = 10_000
_MAX_PLACES = 50
_UNIT = re.compile(r"\\(?:text|textrm|mathrm|mbox)\s*\{([^{}]*)\}|(\\?%|\\\$|[€£¥])")
_LAST_TEXT = re.compile(r"\\(?:text|textrm|mathrm|mbox)\s*\{[^{}]*\}\W*$")
_NAMED = re.compile(r"^[\s$(\\]*[A-Za-z]\s*=")
_BASE = re.compile(r"\d\s*_")
_RELATION = re.compile(r"\\(?:leq?|geq?|neq?|lt|gt|approx)(?![A-Za-z])|[<>≤≥≠≈]")
_PLAIN = (
    (re.compile(r"\\(?:text|textrm|mathrm|mbox)\s*\{([^{}]*)\}"), r"\1"),
    (re.compile(r"\s*\\(?:times|cdot)\s*10\^(?:\{(-?\d+)\}|(\d))"), r"e\1\2"),
    (re.compile(r"\^\s*(?:\\circ|\{\s*\\circ\s*\})"), "°"),
    (re.compile(r"\{,\}"), ","),
    (re.compile(r"\\[,;:! ]|(?<=[\w}])~"), " "),
    (re.compile(r"\\([%$])"), r"\1"),
)
"""LaTeX markup of a plain number, and its replacement."""


def looks_like_maths(target: str) -> bool:
    r"""Return whether a target is written in LaTeX, which cannot be compared as text.

    Two prices are not LaTeX ("$5 and $6"), nor are escapes and paths: "\d+", r"C:\Users".
    """
    command = "\\" in target and not _ESCAPE.search(target)
    return command or _DELIMITED.fullmatch(target.strip()) is not None


def equivalent(target: str, answer: str, *, case: bool = False) -> Verdict:
    """Return reward 1 if the answer is the target as text, or one expression equal to it; else 0.

    It may not terminate on some inputs and has no time limit of its own: call it in a process
    that can be killed.

    Raises:
        UsageError: math-verify is not installed.
    """
    try:
        math_verify: Any = importlib.import_module("math_verify")
    except ImportError as error:
        raise UsageError(
            "answers in LaTeX need math-verify: pip install 'cogitate[math-verify]'"
        ) from error

    verdict = strict(target, answer, case=case)
    correct = Verdict(reward=1.0, why=f"{shown(answer)} equals {shown(target)}")
    one, other = plain(target), plain(answer)
    if same(one, other, case=case, units=True):
        return correct
    if quantity(one) and quantity(other):
        return verdict
    as_text = verdict.reward == 1.0 or same(target, answer)  # equal, perhaps except for case
    relations_differ = bool(_RELATION.search(target)) != bool(_RELATION.search(answer))
    bases_differ = bool(_BASE.search(target)) != bool(_BASE.search(answer))
    if as_text or relations_differ or bases_differ or _is_more_than_one(target, answer):
        return verdict
    if _units_differ(target, answer):
        return verdict
    # Its own time limits are alarm signals, which work only in the main thread.
    gold = math_verify.parse(_delimited(target), parsing_timeout=None)
    given = math_verify.parse(_delimited(_without_exponent(answer)), parsing_timeout=None)
    if not gold or not given or max(map(_num_digits, [*gold, *given])) > _MAX_DIGITS:
        return verdict
    return correct if math_verify.verify(gold, given, timeout_seconds=None) else verdict


def plain(text: str) -> str:
    r"""Return text without the LaTeX markup of numbers: "$1{,}080\text{ km}$" -> "1,080 km"."""
    delimited = _DELIMITED.fullmatch(text.strip())
    bare = next(filter(None, delimited.groups())) if delimited else text
    for pattern, replacement in _PLAIN:
        bare = pattern.sub(replacement, bare)
    return bare


def _without_exponent(answer: str) -> str:
    """Return a number such as 5e-1 as 0.5: math-verify reads the e as Euler's number."""
    found = quantity(answer)
    if found is None or found.unit or abs(found.number.adjusted()) > _MAX_PLACES:
        return answer
    return f"{found.number:f}"


def _units_differ(target: str, answer: str) -> bool:
    """Return whether units, which math-verify ignores, differ; so does a lone per cent sign."""
    ours, theirs = (
        sorted((word or sign).strip().removeprefix("\\") for word, sign in _UNIT.findall(text))
        for text in (target, answer)
    )
    return ours != theirs and bool((ours and theirs) or "%" in ours + theirs)


def _num_digits(expression: Any) -> float:
    """Estimate the number of digits in a parsed expression's value, without computing it.

    Example: 10^(10^10) -> 10^9 (the maximum)
    """
    parts = [_num_digits(part) for part in getattr(expression, "args", ())]
    if not parts:
        rational = getattr(expression, "is_Rational", False)
        return math.log10(abs(int(expression.p)) + int(expression.q)) if rational else 0.0
    grows = type(expression).__name__
    if grows in ("Pow", "exp", "factorial"):
        return max(parts[0], 0.5) * 10 ** min(parts[-1], 9)
    return sum(parts)


def _delimited(text: str) -> str:
    text = clean(text).replace("∞", r"\infty ")
    return text if "$" in text else f"${text}$"


def _is_more_than_one(target: str, answer: str) -> bool:
    """Return whether there are words or a list, of which the parser would pick one part.

    A unit at the target's end, and a name of the result ("x = 5"), are allowed.
    """
    parts = [*answer.split(), *_LAST_TEXT.sub("", target).split()]
    words = any(part.isalpha() and len(part) > 1 for part in parts)
    given = _NAMED.sub("", answer)
    return words or given.count("$") > 2 or any(given.count(c) > target.count(c) for c in ",=")
