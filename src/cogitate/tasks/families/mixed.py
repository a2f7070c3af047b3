"""Sums of several signs, with parentheses: products first, then from the left.

3 + 4 * 12 - 5 -> " 4*12=48 3+48=51 51-5=46"
"""

from collections.abc import Sequence
from random import Random

_DIGITS = (1, 1, 2, 2, 2, 3, 3, 3)
"""Of a term at most, by level; the second factor of a product has one."""


def draw(rng: Random, level: int, more_terms: int = 0) -> list[str]:
    """Return the terms of a sum whose every step can be done in the head, at 0 or more.

    Example: ["3", "+", "4", "*", "12", "-", "5"]
    """
    num_terms = 3 + (level > 2) + (level > 5) + more_terms
    while True:
        terms = _with_parentheses(rng, _plain(rng, num_terms, _DIGITS[level - 1]), level)
        if all(_in_the_head(*step) for step in _steps(terms)):
            return terms


def value(terms: Sequence[str]) -> int:
    """Work a sum out."""
    return _steps(terms)[-1][1]


def thought(terms: Sequence[str]) -> str:
    """Write down each step of working a sum out.

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
    """Put parentheses around one sum or difference, from level 3, every other time."""
    places = [i for i, term in enumerate(terms) if term in "+-"]
    if level < 3 or not places or rng.random() < 0.5:
        return terms
    place = rng.choice(places)
    return [*terms[: place - 1], "(", *terms[place - 1 : place + 2], ")", *terms[place + 2 :]]


def _steps(terms: Sequence[str]) -> list[tuple[str, int]]:
    """Return each step with its result, in the order in which they are to be done."""
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


def _in_the_head(step: str, result: int) -> bool:
    """Say whether no number is below 0 and one factor of a product has a single digit."""
    a, times, b = step.partition("*")
    return result >= 0 and not (times and len(a) > 1 and len(b) > 1)


def _innermost(terms: Sequence[str]) -> tuple[int, int]:
    """Return where the part begins and ends that has to be done first."""
    if "(" not in terms:
        return 0, len(terms)
    return terms.index("(") + 1, terms.index(")")
