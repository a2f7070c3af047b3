"""What word problems are made of: numbers that fit, steps, and the text around them."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

SIGNS: dict[str, Callable[[int, int], int]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a // b,
}
MOST = 2000
"""Largest result of a step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A word problem with its worked solution.

    Example: Problem(text="Ann has 3 boxes of 4 eggs. How many eggs are there?",
    steps=("3 * 4 = 12",))
    """

    text: str
    steps: tuple[str, ...]

    @property
    def target(self) -> int:
        """The result of the last step."""
        return result(self.steps[-1])

    @classmethod
    def of(cls, text: str, *steps: str) -> "Problem":
        """Return a problem whose steps are given one by one."""
        return cls(text=text, steps=steps)


@dataclass(frozen=True, slots=True)
class Names:
    """Words for the splits that train and test, and others for the ood split."""

    known: tuple[str, ...]
    new: tuple[str, ...]

    def draw(self, rng: Random, split: str, number: int = 1) -> list[str]:
        """Return so many different words."""
        return rng.sample(self.new if split == "ood" else self.known, number)


PEOPLE = Names(
    ("Ann", "Ben", "Clara", "David", "Emma", "Felix", "Grace", "Henry", "Irene", "Jack", "Karim",
     "Lena", "Maria", "Noah", "Olga", "Peter", "Rosa", "Samir", "Tom", "Yuki"),
    ("Aisha", "Bruno", "Chen", "Dora", "Elias", "Farah", "Gustav", "Hanna", "Ivan", "Julia"),
)  # fmt: skip
THINGS = Names(
    ("apples", "books", "buttons", "cards", "coins", "cookies", "eggs", "flowers", "marbles",
     "nuts", "oranges", "pencils", "plates", "shells", "stamps", "stickers"),
    ("balloons", "beads", "candles", "crayons", "lemons", "postcards", "tickets", "tiles"),
)  # fmt: skip
GOODS = Names(
    ("apple", "ball", "book", "cup", "hat", "lamp", "notebook", "pen", "plant", "towel"),
    ("basket", "spade", "candle", "poster", "spoon", "vase"),
)
CURRENCIES = Names(("dollars", "euros"), ("pounds", "francs"))


def step(a: int, sign: str, b: int) -> str:
    """Return a step as it is written in a solution.

    Example: step(12, "/", 3) -> "12 / 3 = 4"
    """
    return f"{a} {sign} {b} = {SIGNS[sign](a, b)}"


def result(written: str) -> int:
    """Return the result of a step."""
    return int(written.rpartition(" ")[2])


def chained(start: int, changes: Sequence[tuple[str, int]]) -> tuple[str, ...]:
    """Return the steps of changes that follow one another."""
    steps = list[str]()
    for sign, number in changes:
        steps.append(step(start, sign, number))
        start = result(steps[-1])
    return tuple(steps)


def factor(rng: Random, number: int, low: int, high: int) -> int | None:
    """Return a number from low to high that divides `number`, if there is one."""
    fitting = [k for k in range(low, high + 1) if number % k == 0 and number > k]
    return rng.choice(fitting) if fitting else None


def in_words(rng: Random, text: str) -> str:
    """Return a text in which each small number is a word, with probability 1/2."""

    def said(found: re.Match[str]) -> str:
        word = _WORDS.get(found.group(), found.group()) if rng.random() < 0.5 else found.group()
        before = text[: found.start()]
        return word.capitalize() if not before or before.endswith((". ", "? ")) else word

    return re.sub(r"(?<![\w.])\d+(?![\w.])", said, text)


_WORDS = {
    "2": "two", "3": "three", "4": "four", "5": "five", "6": "six", "7": "seven", "8": "eight",
    "9": "nine", "10": "ten", "11": "eleven", "12": "twelve",
}  # fmt: skip
