"""Word problems whose steps do not all follow one another: prices, wages, ages, comparisons."""

from collections.abc import Callable
from random import Random

from cogitate.tasks.families.word_problems.parts import (
    CURRENCIES,
    GOODS,
    PEOPLE,
    THINGS,
    Problem,
    result,
    step,
)

_BILLS = (50, 100, 200, 500)


def together(rng: Random, split: str) -> Problem:
    """Return a problem of two steps: what two people have in all."""
    (name, friend), (things,) = PEOPLE.draw(rng, split, 2), THINGS.draw(rng, split)
    own, number = rng.randint(8, 60), rng.randint(2, 6)
    sign, said = rng.choice((
        ("+", f"{number} more than {name}"),
        ("-", f"{number} fewer than {name}"),
        ("*", f"{number} times as many as {name}"),
    ))  # fmt: skip
    first = step(own, sign, number)
    asked = (
        "How many do they have together?",
        f"How many {things} are there in all?",
        f"How many {things} do {name} and {friend} have in total?",
    )
    text = f"{name} has {own} {things}. {friend} has {said}. {_asked(rng, split, asked)}"
    return Problem.of(text, first, step(own, "+", result(first)))


def part(rng: Random, split: str) -> Problem:
    """Return a problem of two steps: what is left when a fraction or some percent goes away."""
    (name,), (things,) = PEOPLE.draw(rng, split), THINGS.draw(rng, split)
    if rng.random() < 0.5:
        below = rng.randint(2, 9)
        whole, said = below * rng.randint(3, 30), f"one {_ORDINALS[below]} of them"
        first = step(whole, "/", below)
    else:
        percent = rng.choice((10, 20, 25, 50))
        whole, said = 100 // percent * rng.randint(2, 20), f"{percent} percent of them"
        first = step(whole, "/", 100 // percent)
    gone = rng.choice(("gives away", "sells", "loses"))
    asked = (f"How many {things} are left?", f"How many {things} does {name} keep?")
    text = f"{name} has {whole} {things} and {gone} {said}. {_asked(rng, split, asked)}"
    return Problem.of(text, first, step(whole, "-", result(first)))


def purchase(rng: Random, split: str) -> Problem:
    """Return a problem of three steps: what two kinds of goods cost."""
    text, steps, money = _bought(rng, split)
    asked = (
        f"How much does it cost in all, in {money}?",
        f"How many {money} do they cost together?",
        f"What is the total, in {money}?",
    )
    return Problem.of(f"{text} {_asked(rng, split, asked)}", *steps)


def change(rng: Random, split: str) -> Problem:
    """Return a problem of four steps: the change that is given back."""
    text, steps, money = _bought(rng, split)
    total = result(steps[-1])
    bill = next(bill for bill in _BILLS if bill > total)
    paid = rng.choice((f"pays with {bill} {money}", f"hands over {bill} {money}"))
    asked = (f"How much change is given back, in {money}?", f"How many {money} come back?")
    name = text.partition(" ")[0]
    said = f"{text} {name} {paid}. {_asked(rng, split, asked)}"
    return Problem.of(said, *steps, step(bill, "-", total))


def wages(rng: Random, split: str) -> Problem:
    """Return a problem of three steps: what is left of some days' pay."""
    (name,), (money,) = PEOPLE.draw(rng, split), CURRENCIES.draw(rng, split)
    hours, days, pay = rng.randint(2, 9), rng.randint(2, 6), rng.randint(5, 20)
    first = step(hours, "*", days)
    second = step(result(first), "*", pay)
    rent = rng.randint(5, result(second) - 5)
    asked = (f"How much is left, in {money}?", f"How many {money} remain?")
    text = rng.choice((
        f"{name} works {hours} hours a day for {days} days and gets {pay} {money} an hour."
        f" The rent takes {rent} {money}.",
        f"For an hour of work {name} gets {pay} {money}. {name} works on {days} days, {hours} hours"
        f" each, and then spends {rent} {money}.",
    ))  # fmt: skip
    third = step(result(second), "-", rent)
    return Problem.of(f"{text} {_asked(rng, split, asked)}", first, second, third)


def three(rng: Random, split: str) -> Problem:
    """Return a problem of four steps: what three people have in all."""
    a, b, c = PEOPLE.draw(rng, split, 3)
    (things,) = THINGS.draw(rng, split)
    own, more, times = rng.randint(5, 40), rng.randint(2, 15), rng.randint(2, 5)
    second, third = step(own, "+", more), step(own, "*", times)
    both = step(own, "+", result(second))
    asked = ("How many do the three have together?", f"How many {things} is that in all?")
    text = (
        f"{a} has {own} {things}, {b} has {more} more than {a}, and {c} has {times} times as many"
        f" as {a}. {_asked(rng, split, asked)}"
    )
    return Problem.of(text, second, third, both, step(result(both), "+", result(third)))


def journey(rng: Random, split: str) -> Problem:
    """Return a problem of three steps: how far somebody travels at two speeds."""
    (name,) = PEOPLE.draw(rng, split)
    fast, slow = rng.randint(20, 90), rng.randint(4, 19)
    first_hours, last_hours = rng.randint(2, 6), rng.randint(2, 6)
    asked = ("How many kilometres is that in all?", f"How far does {name} travel, in kilometres?")
    text = (
        f"{name} drives for {first_hours} hours at {fast} kilometres an hour and then cycles for"
        f" {last_hours} hours at {slow} kilometres an hour. {_asked(rng, split, asked)}"
    )
    first, second = step(fast, "*", first_hours), step(slow, "*", last_hours)
    return Problem.of(text, first, second, step(result(first), "+", result(second)))


def _bought(rng: Random, split: str) -> tuple[str, list[str], str]:
    """Return who buys what, the three steps to the total, and the currency."""
    (name,), (one, other) = PEOPLE.draw(rng, split), GOODS.draw(rng, split, 2)
    (money,) = CURRENCIES.draw(rng, split)
    counts, prices = [rng.randint(2, 9) for _ in "ab"], rng.sample(range(2, 25), 2)
    text = rng.choice((
        f"{name} buys {counts[0]} {one}s at {prices[0]} {money} each and {counts[1]} {other}s at"
        f" {prices[1]} {money} each.",
        f"{name} buys {counts[0]} {one}s and {counts[1]} {other}s. One {one} costs {prices[0]}"
        f" {money} and one {other} {prices[1]} {money}.",
    ))  # fmt: skip
    steps = [step(count, "*", price) for count, price in zip(counts, prices, strict=True)]
    return text, [*steps, step(result(steps[0]), "+", result(steps[1]))], money


def _asked(rng: Random, split: str, wordings: tuple[str, ...]) -> str:
    """Return a question; the last of the wordings is of the ood split alone."""
    return rng.choice(wordings if split == "ood" else wordings[:-1] or wordings)


_ORDINALS = ("", "", "half", "third", "quarter", "fifth", "sixth", "seventh", "eighth", "ninth")

KINDS: dict[int, tuple[Callable[[Random, str], Problem], ...]] = {
    2: (together, part),
    3: (purchase, wages, journey),
    4: (change, three),
}
"""By the number of steps."""
