"""Small linear equations, in words and in signs, with one unknown number or two."""

from collections.abc import Callable
from random import Random

from cogitate.tasks.families.word_problems.parts import (
    CURRENCIES,
    PEOPLE,
    Problem,
    result,
    step,
)

_LETTERS = ("x", "n", "y"), ("a", "t", "z")
"""Of an unknown number; the second of the ood split."""
_ANIMALS = (
    (("hens", 2, "cows", 4), ("ducks", 2, "sheep", 4), ("bicycles", 2, "cars", 4)),
    (
        ("tricycles", 3, "vans", 4),
        ("people", 2, "spiders", 8),
    ),
)


def in_signs(rng: Random, split: str) -> Problem:
    """Return an equation a x + b = c."""
    letter, (times, unknown, more) = _letter(rng, split), _numbers(rng)
    sign = rng.choice("+-")
    total = times * unknown + (more if sign == "+" else -more)
    text = rng.choice((
        f"Solve {times}{letter} {sign} {more} = {total}. Which number is {letter}?",
        f"{times}{letter} {sign} {more} = {total}. What is {letter}?",
        f"For which {letter} is {times} * {letter} {sign} {more} equal to {total}?",
    ))  # fmt: skip
    return _undone(text, total, sign, more, times)


def in_words(rng: Random, split: str) -> Problem:
    """Return the same as a riddle."""
    (name,), (times, unknown, more) = PEOPLE.draw(rng, split), _numbers(rng)
    sign, said = rng.choice((("+", f"add {more}"), ("-", f"subtract {more}")))
    total = times * unknown + (more if sign == "+" else -more)
    text = rng.choice((
        f"Multiply a number by {times}, {said}, and you get {total}. Which number is it?",
        f"{name} thinks of a number. If you multiply it by {times} and {said}, you get {total}."
        " What is the number?",
    ))  # fmt: skip
    return _undone(text, total, sign, more, times)


def older(rng: Random, split: str) -> Problem:
    """Return two ages with their sum and difference."""
    (name, friend), (age, more) = (
        PEOPLE.draw(rng, split, 2),
        (rng.randint(4, 40), rng.randint(2, 20)),
    )
    total = 2 * age + more
    text = rng.choice((
        f"{name} is {more} years older than {friend}. Together they are {total} years old."
        f" How many years old is {friend}?",
        f"The ages of {name} and {friend} add up to {total}. {name} is {more} years older. How many"
        f" years old is {friend}?",
    ))  # fmt: skip
    first = step(total, "-", more)
    return Problem.of(text, first, step(result(first), "/", 2))


def divided(rng: Random, split: str) -> Problem:
    """Return two shares of a sum, of which one is so many times the other."""
    (name, friend), (money,) = PEOPLE.draw(rng, split, 2), CURRENCIES.draw(rng, split)
    share, times = rng.randint(3, 40), rng.randint(2, 6)
    total = share * (times + 1)
    text = rng.choice((
        f"{name} and {friend} share {total} {money}, and {name} gets {times} times as much as"
        f" {friend}. How many {money} does {friend} get?",
        f"{name} has {times} times as many {money} as {friend}. Together they have {total}. How"
        f" many does {friend} have?",
    ))  # fmt: skip
    first = step(times, "+", 1)
    return Problem.of(text, first, step(total, "/", result(first)))


def both_sides(rng: Random, split: str) -> Problem:
    """Return an equation with the unknown on both sides."""
    letter, unknown = _letter(rng, split), rng.randint(2, 15)
    less, more = rng.randint(2, 5), rng.randint(2, 6)
    left = rng.randint(1, 20)
    right = left + more * unknown
    text = rng.choice((
        f"Solve {less + more}{letter} + {left} = {less}{letter} + {right}. Which number is"
        f" {letter}?",
        f"{less + more}{letter} + {left} = {less}{letter} + {right}. What is {letter}?",
    ))  # fmt: skip
    first, second = step(less + more, "-", less), step(right, "-", left)
    return Problem.of(text, first, second, step(result(second), "/", result(first)))


def heads_and_legs(rng: Random, split: str) -> Problem:
    """Return a count of heads and one of legs, of two kinds."""
    few, few_legs, many, many_legs = rng.choice(_ANIMALS[split == "ood"])
    counts = rng.randint(2, 20), rng.randint(2, 20)
    heads, legs = sum(counts), counts[0] * few_legs + counts[1] * many_legs
    wheels = "wheels" if few.endswith("cycles") else "legs"
    text = rng.choice((
        f"There are {heads} in all, some {few} and some {many}. They have {legs} {wheels} together."
        f" How many {many} are there?",
        f"{few.capitalize()} and {many} are {heads} together, and have {legs} {wheels} in all. How"
        f" many of the {heads} are {many}?",
    ))  # fmt: skip
    first = step(heads, "*", few_legs)
    second, third = step(legs, "-", result(first)), step(many_legs, "-", few_legs)
    return Problem.of(text, first, second, third, step(result(second), "/", result(third)))


def sum_and_difference(rng: Random, split: str) -> Problem:
    """Return two numbers by their sum and their difference."""
    small, more = rng.randint(2, 60), rng.randint(2, 40)
    total = 2 * small + more
    one, other = ("p", "q") if split == "ood" else ("x", "y")
    text = rng.choice((
        f"The sum of two numbers is {total}, their difference is {more}. What is the larger one?",
        f"{one} + {other} = {total} and {one} - {other} = {more}. What is {one}?",
    ))  # fmt: skip
    first = step(total, "+", more)
    return Problem.of(text, first, step(result(first), "/", 2))


def consecutive(rng: Random, split: str) -> Problem:
    """Return consecutive numbers by their sum."""
    number, smallest = rng.choice((3, 5)), rng.randint(2, 60)
    total = sum(range(smallest, smallest + number))
    ask = "smallest" if split != "ood" else rng.choice(("smallest", "first"))
    text = f"{number} consecutive whole numbers add up to {total}. What is the {ask} of them?"
    first = step(total, "/", number)
    return Problem.of(text, first, step(result(first), "-", number // 2))


def _letter(rng: Random, split: str) -> str:
    return rng.choice(_LETTERS[split == "ood"])


def _numbers(rng: Random) -> tuple[int, int, int]:
    """Return a factor, an unknown number, and a smaller number than their product."""
    times, unknown = rng.randint(2, 9), rng.randint(2, 20)
    return times, unknown, rng.randint(1, min(30, times * unknown - 1))


def _undone(text: str, total: int, sign: str, more: int, times: int) -> Problem:
    first = step(total, "-" if sign == "+" else "+", more)
    return Problem.of(text, first, step(result(first), "/", times))


ONE: tuple[Callable[[Random, str], Problem], ...] = (in_signs, in_words, older, divided)
TWO: tuple[Callable[[Random, str], Problem], ...] = (
    both_sides, heads_and_legs, sum_and_difference, consecutive
)  # fmt: skip
"""Of one unknown number, and harder ones."""
