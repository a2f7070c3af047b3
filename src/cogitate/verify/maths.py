r"""Comparison of mathematical expressions, by the package math-verify (an extra).

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
_MOST_DIGITS = 10_000
_MOST_PLACES = 50
_UNIT = re.compile(r"\\(?:text|textrm|mathrm|mbox)\s*\{([^{}]*)\}|(\\?%|\\\$|[€£¥])")
_LAST_TEXT = re.compile(r"\\(?:text|textrm|mathrm|mbox)\s*\{[^{}]*\}\W*$")
_NAMED = re.compile(r"^[\s$(\\]*[A-Za-z]\s*=")
_RELATION = re.compile(r"\\(?:leq?|geq?|neq?|lt|gt|approx)(?![A-Za-z])|[<>≤≥≠≈]")
_PLAIN = (
    (re.compile(r"\\(?:text|textrm|mathrm|mbox)\s*\{([^{}]*)\}"), r"\1"),
    (re.compile(r"\s*\\(?:times|cdot)\s*10\^(?:\{(-?\d+)\}|(\d))"), r"e\1\2"),
    (re.compile(r"\^\s*(?:\\circ|\{\s*\\circ\s*\})"), "°"),
    (re.compile(r"\{,\}"), ","),
    (re.compile(r"\\[,;:! ]|(?<=[\w}])~"), " "),
    (re.compile(r"\\([%$])"), r"\1"),
)
"""What LaTeX writes around a plain number, and what that is without it."""


def looks_like_maths(target: str) -> bool:
    r"""Say whether a target is written in LaTeX, which text comparison does no justice to.

    Two prices are not ("$5 and $6"), nor are escapes and paths: "\d+", r"C:\Users".
    """
    command = "\\" in target and not _ESCAPE.search(target)
    return command or _DELIMITED.fullmatch(target.strip()) is not None


def equivalent(target: str, answer: str, *, case: bool = False) -> Verdict:
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

    verdict = strict(target, answer, case=case)
    right = Verdict(reward=1.0, why=f"{shown(answer)} equals {shown(target)}")
    one, other = plain(target), plain(answer)
    if same(one, other, case=case, units=True):
        return right
    if quantity(one) and quantity(other):
        return verdict
    as_text = verdict.reward == 1.0 or same(target, answer)  # equal but for the case that counts
    relations_differ = bool(_RELATION.search(target)) != bool(_RELATION.search(answer))
    if as_text or relations_differ or _is_more_than_one(target, answer):
        return verdict
    if _units_differ(target, answer):
        return verdict
    # Its own limits are alarm signals, which work in a main thread only.
    gold = math_verify.parse(_delimited(target), parsing_timeout=None)
    given = math_verify.parse(_delimited(_without_exponent(answer)), parsing_timeout=None)
    if not gold or not given or max(map(_num_digits, [*gold, *given])) > _MOST_DIGITS:
        return verdict
    return right if math_verify.verify(gold, given, timeout_seconds=None) else verdict


def plain(text: str) -> str:
    r"""Return what may be a number without its LaTeX: "$1{,}080\text{ km}$" -> "1,080 km"."""
    delimited = _DELIMITED.fullmatch(text.strip())
    bare = next(filter(None, delimited.groups())) if delimited else text
    for pattern, replacement in _PLAIN:
        bare = pattern.sub(replacement, bare)
    return bare


def _without_exponent(answer: str) -> str:
    """Return a number such as 5e-1 as 0.5: math-verify takes the e for Euler's number."""
    found = quantity(answer)
    if found is None or found.unit or abs(found.number.adjusted()) > _MOST_PLACES:
        return answer
    return f"{found.number:f}"


def _units_differ(target: str, answer: str) -> bool:
    """Say whether both have units, which math-verify skips, or one alone has a per cent sign."""
    ours, theirs = (
        sorted((word or sign).strip().removeprefix("\\") for word, sign in _UNIT.findall(text))
        for text in (target, answer)
    )
    return ours != theirs and bool((ours and theirs) or "%" in ours + theirs)


def _num_digits(expression: Any) -> float:
    """Return about how many digits the numbers of a parsed expression have, without computing them.

    Example: 10^(10^10) -> 10^9 (that is: far too many)
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
    """Say whether there are words or a list: the parser would pick the part that fits.

    A unit at the target's end, and what an answer calls the result ("x = 5"), are none.
    """
    parts = [*answer.split(), *_LAST_TEXT.sub("", target).split()]
    words = any(part.isalpha() and len(part) > 1 for part in parts)
    given = _NAMED.sub("", answer)
    return words or given.count("$") > 2 or any(given.count(c) > target.count(c) for c in ",=")
