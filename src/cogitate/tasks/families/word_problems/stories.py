"""Stories in which one number changes step by step.

Ann has 12 apples. Ann picks 5 more. Ann packs them into 17 bags, equally many into each. ...
"""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from cogitate.tasks.families.word_problems.parts import (
    CURRENCIES,
    MOST,
    PEOPLE,
    SIGNS,
    THINGS,
    Problem,
    chained,
    factor,
)

Change = tuple[str, int]
"""A sign and a number."""


@dataclass(frozen=True, slots=True)
class Event:
    """One step of a story, in several wordings; `{k}` is its number."""

    sign: str
    wordings: tuple[str, ...]
    asked: tuple[str, ...] = ()
    """The question behind it, where the story ends with this step."""


@dataclass(frozen=True, slots=True)
class Story:
    """A setting: how it begins, what may happen, how it may end, and what is asked."""

    begin: tuple[str, ...]
    """`{n}` is the number, which is at least 10."""
    product: tuple[str, ...]
    """Begins with `{n}` times `{k}` instead; none if empty."""
    events: tuple[Event, ...]
    ends: tuple[Event, ...]
    asked: tuple[str, ...]
    left: tuple[str, ...] = ()
    """Asked where the last step takes away."""
    new: tuple[str, ...] = ()
    """Asked in the ood split only."""


STORIES = (
    Story(
        begin=("{name} has {n} {things}.", "There are {n} {things} in {name}'s box."),
        product=(
            "{name} has {n} boxes with {k} {things} in each.",
            "{name} buys {n} packs of {k} {things}.",
        ),
        events=(
            Event(
                "+",
                (
                    "{name} gets {k} more {things} from {friend}.",
                    "Then {name} finds another {k} {things}.",
                    "{friend} gives {name} {k} {things}.",
                ),
            ),
            Event(
                "-",
                (
                    "{name} gives {k} {things} to {friend}.",
                    "{name} loses {k} {things}.",
                    "{k} {things} are given away.",
                ),
            ),
            Event(
                "*",
                (
                    "A week later {name} has {k} times as many {things}.",
                    "Then the number of {things} becomes {k} times as large.",
                ),
            ),
        ),
        ends=(
            Event(
                "/",
                (
                    "{name} puts all {things} into bags of {k}.",
                    "All {things} go into bags, {k} in each.",
                ),
                ("How many bags are there?", "How many bags does {name} fill?"),
            ),
            Event(
                "/",
                ("{name} shares all {things} equally among {k} children.",),
                ("How many {things} does each child get?",),
            ),
            Event(
                "*",
                ("{friend} has {k} times as many {things} as {name} has now.",),
                ("How many {things} does {friend} have?",),
            ),
        ),
        asked=(
            "How many {things} does {name} have now?",
            "How many {things} does {name} have in the end?",
        ),
        left=("How many {things} does {name} have left?",),
        new=("Count {name}'s {things}: how many are there?",),
    ),
    Story(
        begin=("{name} has saved {n} {money}.", "There are {n} {money} in {name}'s account."),
        product=(
            "{name} saves {k} {money} a week for {n} weeks.",
            "{name} earns {k} {money} a day and works {n} days.",
        ),
        events=(
            Event(
                "+",
                (
                    "{name} gets {k} {money} for a birthday.",
                    "{name} earns {k} {money} more.",
                    "{friend} pays back {k} {money} to {name}.",
                ),
            ),
            Event(
                "-",
                (
                    "{name} spends {k} {money} on shoes.",
                    "{name} pays a bill of {k} {money}.",
                    "A ticket costs {name} {k} {money}.",
                ),
            ),
        ),
        ends=(
            Event(
                "/",
                ("Everything that {name} has now goes into books for {k} {money} each.",),
                ("How many books does {name} buy?",),
            ),
            Event(
                "/",
                ("Everything that {name} has now is shared equally by {k} charities.",),
                ("How much does each of them get, in {money}?",),
            ),
        ),
        asked=("How much money does {name} have now, in {money}?",),
        left=("How many {money} does {name} have left?",),
        new=("How rich is {name} then, in {money}?",),
    ),
    Story(
        begin=("A bus leaves with {n} passengers.", "{n} people sit in a train."),
        product=("A train has {n} carriages, and {k} people sit in each of them.",),
        events=(
            Event(
                "+",
                (
                    "At the next stop {k} people get on.",
                    "Then {k} more people get on.",
                    "{k} new passengers come in.",
                ),
            ),
            Event(
                "-",
                (
                    "At the next stop {k} people get off.",
                    "{k} people leave their seats and get off.",
                    "Then {k} passengers get off.",
                ),
            ),
        ),
        ends=(
            Event(
                "*",
                ("Each passenger who is on it now pays {k} {money}.",),
                ("How much do these pay together, in {money}?",),
            ),
        ),
        asked=("How many people are on it now?", "How many passengers are there then?"),
        new=("How many people ride on?",),
    ),
    Story(
        begin=("A baker has {n} rolls.", "{name}'s bakery has baked {n} rolls."),
        product=(
            "A baker bakes {n} trays with {k} rolls on each.",
            "{name} bakes {n} trays of {k} rolls.",
        ),
        events=(
            Event(
                "-",
                (
                    "{k} rolls are sold in the morning.",
                    "A cafe buys {k} rolls.",
                    "{k} of the rolls get burnt and are thrown away.",
                ),
            ),
            Event(
                "+", ("Later {k} more rolls are baked.", "Another {k} rolls come out of the oven.")
            ),
        ),
        ends=(
            Event(
                "/",
                (
                    "All rolls that are there now are packed in bags of {k}.",
                    "All rolls of that moment go into bags, {k} in each.",
                ),
                ("How many bags are needed?", "How many bags is that?"),
            ),
            Event(
                "*",
                ("Each roll that is there now is sold for {k} cents.",),
                ("How many cents do they bring?",),
            ),
        ),
        asked=("How many rolls are there now?", "How many rolls are there in the end?"),
        left=("How many rolls are left?",),
        new=("How many rolls can still be bought?",),
    ),
    Story(
        begin=("{name}'s hens lay {n} eggs in a week.", "{name} collects {n} eggs."),
        product=("{name} has {n} hens, and each has laid {k} eggs.",),
        events=(
            Event(
                "-",
                (
                    "{name}'s family eats {k} eggs.",
                    "{k} eggs break.",
                    "{k} eggs go to {friend}.",
                ),
            ),
            Event("+", ("{friend} brings {k} eggs more.", "{name} finds {k} more eggs.")),
        ),
        ends=(
            Event(
                "*",
                (
                    "{name} sells all the eggs that are there now for {k} cents each.",
                    "All the eggs of that moment are sold at {k} cents an egg.",
                ),
                ("How many cents does {name} get?",),
            ),
            Event(
                "/",
                ("All the eggs that are there now are packed in cartons of {k}.",),
                ("How many cartons does {name} fill?",),
            ),
        ),
        asked=("How many eggs does {name} have then?", "How many eggs are there in the end?"),
        left=("How many eggs are left?",),
        new=("What is the number of eggs then?",),
    ),
    Story(
        begin=("{name} has to read {n} pages.", "{name}'s book has {n} pages."),
        product=("{name}'s book has {n} chapters of {k} pages.",),
        events=(
            Event(
                "-",
                (
                    "{name} reads {k} pages on Monday.",
                    "On the next day {name} reads {k} pages.",
                    "{name} reads {k} pages in the evening.",
                ),
            ),
        ),
        ends=(
            Event(
                "/",
                (
                    "From then on {name} reads {k} pages a day.",
                    "{name} wants to read {k} of the unread pages each day.",
                ),
                ("How many days do the unread pages take?", "How many more days does {name} need?"),
            ),
        ),
        asked=("How many pages are still to be read?",),
        left=("How many pages are left?",),
        new=("How many pages has {name} not read yet?",),
    ),
    Story(
        begin=("A tank has {n} litres of water in it.", "There are {n} litres in a tank."),
        product=("A pump fills {k} litres a minute into an empty tank, for {n} minutes.",),
        events=(
            Event("+", ("Rain adds {k} litres.", "Then {k} litres are poured in.")),
            Event(
                "-",
                (
                    "{k} litres leak out.",
                    "{name} takes {k} litres for the garden.",
                    "{k} litres are used up.",
                ),
            ),
            Event("*", ("By the evening the tank has {k} times as much water in it.",)),
        ),
        ends=(
            Event(
                "/",
                (
                    "All the water in the tank is filled into cans of {k} litres.",
                    "{name} empties the tank into cans of {k} litres.",
                ),
                ("How many cans are filled?",),
            ),
        ),
        asked=("How many litres are in the tank now?",),
        left=("How much water is left, in litres?",),
        new=("How much water is in the tank in the end, in litres?",),
    ),
    Story(
        begin=("{n} pupils want to go on a trip.", "{n} children plan a trip."),
        product=("{n} classes of {k} pupils want to go on a trip.",),
        events=(
            Event(
                "-",
                (
                    "{k} people are ill and stay at home.",
                    "{k} people change their minds and stay away.",
                    "{k} people cannot come along.",
                ),
            ),
            Event("+", ("{k} more pupils join.", "{k} teachers come along, and are counted too.")),
        ),
        ends=(
            Event("/", ("All who go make groups of {k}.",), ("How many groups are there?",)),
            Event(
                "/", ("All who go sit down at tables for {k}.",), ("How many tables do they need?",)
            ),
            Event(
                "*",
                ("Everybody who goes brings {k} {things}.",),
                ("How many {things} do they bring?",),
            ),
        ),
        asked=("How many people go on the trip?", "How many people take part in the end?"),
        new=("How many people are on the trip in the end?",),
    ),
)
_PRODUCT_SHARE, _END_SHARE = 0.6, 0.6
_ASIDES = (
    "{name} is {k} years old.",
    "{friend} lives in house number {k}.",
    "{friend} lives on floor {k}.",
)
_ASIDE_SHARE = 0.15
"""Share of stories with a number that matters to nothing."""


def story(rng: Random, split: str, num_steps: int) -> Problem | None:
    """Return a story of so many steps; None if its numbers do not fit, or it repeats itself."""
    own, words = rng.choice(STORIES), _words(rng, split)
    multiplies = bool(own.product) and rng.random() < _PRODUCT_SHARE
    ends = num_steps > multiplies and rng.random() < _END_SHARE
    events = [rng.choice(own.events) for _ in range(num_steps - multiplies - ends)]
    events += [rng.choice(own.ends)] * ends
    start = rng.randint(2, 12) if multiplies else rng.randint(10, 60 if num_steps < 3 else 200)
    changes = [("*", rng.randint(3, 25))] * multiplies
    opening = own.product if multiplies else own.begin
    told = [rng.choice(opening).format(n=start, k=changes[0][1] if changes else None, **words)]
    now = SIGNS["*"](start, changes[0][1]) if changes else start
    used = list[str]()
    for event in events:
        number = _fitting(rng, now, event.sign)
        new = [wording for wording in event.wordings if wording not in used]
        if number is None or not new:
            return None
        used.append(rng.choice(new))
        changes.append((event.sign, number))
        now = SIGNS[event.sign](now, number)
        told.append(used[-1].format(k=number, **words))
    if rng.random() < _ASIDE_SHARE:
        aside = rng.choice(_ASIDES).format(k=rng.randint(2, 60), **words)
        told.insert(rng.randint(1, len(told)), aside)
    asked = events[-1].asked if ends else _asked(own, split, changes)
    text = " ".join([*told, rng.choice(asked).format(**words)])
    return Problem.of(text, *chained(start, changes))


def _asked(own: Story, split: str, changes: Sequence[Change]) -> tuple[str, ...]:
    takes_away = bool(changes) and changes[-1][0] == "-"
    return own.asked + own.left * takes_away + own.new * (split == "ood")


def _words(rng: Random, split: str) -> dict[str, str]:
    name, friend = PEOPLE.draw(rng, split, 2)
    (things,), (money,) = THINGS.draw(rng, split), CURRENCIES.draw(rng, split)
    return {"name": name, "friend": friend, "things": things, "money": money}


def _fitting(rng: Random, now: int, sign: str) -> int | None:
    """Return a number by which another can be changed to a whole one, if there is one."""
    if sign == "/":
        return factor(rng, now, 2, 12)
    most = {"+": 60, "-": now - 2, "*": 5}[sign]
    number = rng.randint(2, most) if most >= 2 else None
    return number if number and SIGNS[sign](now, number) <= MOST else None
