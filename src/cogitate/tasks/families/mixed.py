"""Expressions with several signs and parentheses: products first, then from the left.

3 + 4 * 12 - 5 -> " 4*12=48 3+48=51 51-5=46"
"""

from collections.abc import Sequence
from random import Random

_DIGITS = (1, 1, 2, 2, 2, 3, 3, 3)
"""Maximum number of digits of a term, by level; the second factor of a product has one."""


def draw(rng: Random, level: int, more_terms: int = 0) -> list[str]:
    """Return the terms of an expression whose steps are all easy and have results of 0 or more.

    Example: ["3", "+", "4", "*", "12", "-", "5"]
    """
    num_terms = 3 + (level > 2) + (level > 5) + more_terms
    while True:
        terms = _with_parentheses(rng, _plain(rng, num_terms, _DIGITS[level - 1]), level)
        if all(_is_easy(*step) for step in _steps(terms)):
            return terms


def value(terms: Sequence[str]) -> int:
    """Return the value of an expression."""
    return _steps(terms)[-1][1]


def thought(terms: Sequence[str]) -> str:
    """Return each step of the evaluation as text.

    Example: thought(["3", "+", "4", "*", "12"]) -> " 4*12=48 3+48=51"
    """
    return "".join(f" {step}={result}" for step, result in _steps(terms))


def _plain(rng: Random, num_terms: int, digits: int) -> list[str]:
    terms = [str(rng.randrange(1, 10**digits))]
    for _ in range(num_terms - 1):
        sign = rng.choice("+-*")
        terms += [sign, str(rng.randrange(2, 10 if sign == "*" else 10**digits))]
    return terms


def _with_parentheses(rng: Random, terms: list[str], level: int) -> list[str]:
    """Put parentheses around one sum or difference, from level 3 on, with probability 1/2."""
    places = [i for i, term in enumerate(terms) if term in "+-"]
    if level < 3 or not places or rng.random() < 0.5:
        return terms
    place = rng.choice(places)
    return [*terms[: place - 1], "(", *terms[place - 1 : place + 2], ")", *terms[place + 2 :]]


def _steps(terms: Sequence[str]) -> list[tuple[str, int]]:
    """Return each step with its result, in order of evaluation."""
    left, steps = list(terms), list[tuple[str, int]]()
    while len(left) > 1:
        first, last = _innermost(left)
        place = next((i for i in range(first, last) if left[i] == "*"), first + 1)
        a, sign, b = left[place - 1 : place + 2]
        result = {"+": int(a) + int(b), "-": int(a) - int(b), "*": int(a) * int(b)}[sign]
        steps.append((f"{a}{sign}{b}", result))
        left[place - 1 : place + 2] = [str(result)]
        if first > 0 and last - first == 3:  # nothing is left between the parentheses to do
            left[first - 1 : first + 2] = [str(result)]
    return steps


def _is_easy(step: str, result: int) -> bool:
    """Return whether the result is 0 or more and a product has a factor of a single digit."""
    a, times, b = step.partition("*")
    return result >= 0 and not (times and len(a) > 1 and len(b) > 1)


def _innermost(terms: Sequence[str]) -> tuple[int, int]:
    """Return start and end of the part that is evaluated first."""
    if "(" not in terms:
        return 0, len(terms)
    return terms.index("(") + 1, terms.index(")")
