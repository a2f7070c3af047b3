"""Schedules: in which order can things be done, so that every rule is kept?

    To do: read, cook, shop. Shop before cook. Read not first. Which order works?
    -> thought " 1 read: read not first no. 1 cook: shop before cook no. 1 shop: shop before cook
       ok. 2 read: read not first ok. 3 cook: shop before cook ok.", answer "shop, read, cook"

Any order that keeps the rules is correct. A thought fills the places from the first to the last:
each candidate is tried in the order of the question, against each rule that concerns it, up to one
that it breaks; a place without a candidate goes back to the one before. The straight solution has
the places alone.
Level n has n + 2 things to do and at most as many rules; the ood split has other things, and two
more.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random

from cogitate.tasks.splits import begin, draw_phrasing, draw_within
from cogitate.types import Task, Verdict
from cogitate.verify.strict import canonical, shown

PHRASINGS = (
    "To do: {things}. {rules} Which order works?",
    "I have to {things_or}. {rules} In which order can I do it?",
    "Put these in an order that keeps all rules: {things}. {rules}",
)
OOD_PHRASINGS = (
    "Plan my day: {things}. {rules} Name a possible order.",
    "Here is what has to be done: {things}. {rules} What is one order that is allowed?",
)
THINGS = ("bake", "call", "clean", "cook", "draw", "iron", "pack", "paint", "read", "run", "sew",
          "shop", "study", "swim", "wash", "write")  # fmt: skip
OOD_THINGS = ("dance", "dig", "dust", "fish", "hike", "knit", "mow", "nap", "pray", "sing", "sweep",
              "train")  # fmt: skip
NUM_LEVELS = 6
_LEVEL_WEIGHTS = (2, 3, 3, 2)
_OOD_MORE = 2
_MOST_TRIES = 40
"""Candidates of a thought; puzzles that take more are drawn anew."""
_SEPARATORS = re.compile(r"(?:[\s,;>→-]|\bthen\b|\band\b)+")
"""Between the words of an order."""
_BETWEEN = ("before", "right before", "apart")
_ALONE = ("first", "last", "not first", "not last")


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule about one thing, or about two.

    Example: Rule("right before", "wash", "iron")
    """

    kind: str
    thing: str
    other: str = ""

    def __str__(self) -> str:
        """Return the rule as a sentence of a question."""
        return f"{self.words}.".capitalize()

    @property
    def words(self) -> str:
        """Example: "wash right before iron"."""
        kind = "not next to" if self.kind == "apart" else self.kind
        return " ".join(filter(None, (self.thing, kind, self.other)))

    def concerns(self, order: Sequence[str], number: int) -> bool:
        """Return whether the rule has to do with the last thing of a begun order of `number`."""
        place, last = len(order), order[-1]
        match self.kind:
            case "first" | "last":
                return last == self.thing or place == (1 if self.kind == "first" else number)
            case "right before":
                return self.thing in order[-2:] or last == self.other
            case _:
                return last in (self.thing, self.other)

    def broken(self, order: Sequence[str], number: int) -> str:
        """Return why the last thing of a begun order of `number` breaks the rule, or nothing."""
        place, last = len(order), order[-1]
        match self.kind:
            case "first" | "last":
                wrong = (place == (1 if self.kind == "first" else number)) != (last == self.thing)
                return f"{self.thing} is {self.kind}" if wrong else ""
            case "not first" | "not last":
                is_there = place == (1 if self.kind == "not first" else number)
                return self.kind if is_there and last == self.thing else ""
            case "before":
                return (
                    f"{self.thing} first" if last == self.other and self.thing not in order else ""
                )
            case "right before":
                wrong = (place > 1 and order[-2] == self.thing) != (last == self.other)
                return f"{self.other} right after {self.thing}" if wrong else ""
            case _:
                pair = set(order[-2:]) == {self.thing, self.other}
                return f"next to {order[-2]}" if pair else ""


class Schedule:
    """The family: see the module."""

    name = "schedule"
    num_levels = NUM_LEVELS

    def generate(self, split: str, seed: int, level: int | None = None) -> Task:
        """Return puzzle `seed` of a split; without a level, of three to six things."""
        key, rng = begin(self.name, split, seed, level, self.num_levels)
        level = level or rng.choices(range(1, 5), _LEVEL_WEIGHTS)[0]
        number = level + 2 + _OOD_MORE * (split == "ood")
        names = OOD_THINGS if split == "ood" else THINGS
        things, rules = draw_within(
            split,
            lambda: _draw(rng, rng.sample(names, number)),
            _content,
            f"{self.name} puzzles of level {level}",
        )
        phrasing = draw_phrasing(rng, split, PHRASINGS, OOD_PHRASINGS)
        return Task(
            key=key,
            family=self.name,
            level=level,
            question=phrasing.format(
                things=", ".join(things),
                things_or=f"{', '.join(things[:-1])} and {things[-1]}",
                rules=" ".join(str(rule) for rule in rules),
            ),
            target=", ".join(_solved(things, rules)[-1][0]),
            metadata={
                "cluster": _content((things, rules)),
                "things": list(things),
                "rules": [[rule.kind, rule.thing, rule.other] for rule in rules],
                "several": True,
            },
        )

    def verify(self, task: Task, answer: str) -> Verdict:
        """Return reward 1 for an order of all things that keeps all rules, else 0."""
        things, rules = task.metadata["things"], [Rule(*rule) for rule in task.metadata["rules"]]
        order = [part for part in _SEPARATORS.split(canonical(answer).strip(". ")) if part]
        if sorted(order) != sorted(things):
            return Verdict(reward=0.0, why=f"{shown(answer)} is no order of {', '.join(things)}")
        for end in range(1, len(order) + 1):
            why = _broken(rules, order[:end], len(things))
            if why:
                return Verdict(reward=0.0, why=f"{order[end - 1]} cannot be number {end}: {why}")
        return Verdict(reward=1.0, why=f"{shown(answer)} keeps all rules")

    def demonstrate(self, task: Task) -> tuple[str, str]:
        """Return the search, place by place."""
        return "".join(f" {text}." for _, text in _steps(task)), task.target

    def demonstrate_straight(self, task: Task) -> tuple[str, str]:
        """Return the places alone."""
        order = task.target.split(", ")
        return "".join(f" {place} {thing}." for place, thing in enumerate(order, 1)), task.target


Try = tuple[list[str], str]
"""The order so far, and what is written of a try."""


def _steps(task: Task) -> list[Try]:
    return _solved(task.metadata["things"], [Rule(*rule) for rule in task.metadata["rules"]])


def _solved(things: Sequence[str], rules: Sequence[Rule]) -> list[Try]:
    """Return all tries up to the first order that keeps the rules."""
    tries = list[Try]()
    for step in _search(list(things), rules, []):
        tries.append(step)
        if len(step[0]) == len(things):
            return tries
    return []


def _search(things: list[str], rules: Sequence[Rule], order: list[str]) -> Iterator[Try]:
    """Yield tries, depth first; a refused one keeps the order as it was."""
    place = len(order) + 1
    for thing in things:
        if thing in order:
            continue
        tried = [*order, thing]
        checked, is_kept = _checked(rules, tried, len(things))
        if not is_kept:
            yield order, f"{place} {thing}{checked}"
            continue
        yield tried, f"{place} {thing}{checked}"
        yield from _search(things, rules, tried)
    if place > 1:
        yield order[:-1], f"{place}: none, back"


def _checked(rules: Sequence[Rule], order: Sequence[str], number: int) -> tuple[str, bool]:
    """Return what is written of the rules that concern the last thing, and whether it keeps all.

    It ends with the first rule that is broken.

    Example: (": shop before cook ok, cook not last no", False)
    """
    checks = list[str]()
    for rule in (rule for rule in rules if rule.concerns(order, number)):
        is_broken = bool(rule.broken(order, number))
        checks.append(f"{rule.words} {'no' if is_broken else 'ok'}")
        if is_broken:
            return f": {', '.join(checks)}", False
    return f": {', '.join(checks)}" if checks else "", True


def _broken(rules: Sequence[Rule], order: Sequence[str], number: int) -> str:
    return next((why for rule in rules if (why := rule.broken(order, number))), "")


def _draw(rng: Random, things: list[str]) -> tuple[list[str], list[Rule]]:
    """Return things to do and rules that some order keeps, which takes a search of some length."""
    while True:
        order = rng.sample(things, len(things))
        rules = list(dict.fromkeys(_rule(rng, order) for _ in range(len(things))))
        tries = _solved(things, rules)
        if len(tries) <= _MOST_TRIES and tries[-1][0] != things and _is_clear(rules):
            return things, rules


def _rule(rng: Random, order: Sequence[str]) -> Rule:
    """Return a rule that an order keeps."""
    while True:
        kind = rng.choice(_BETWEEN) if rng.random() < 0.7 else rng.choice(_ALONE)
        first, second = sorted(rng.sample(range(len(order)), 2))
        end = 0 if kind.endswith("first") else len(order) - 1
        match kind:
            case "before":
                return Rule(kind, order[first], order[second])
            case "right before" if second == first + 1:
                return Rule(kind, order[first], order[second])
            case "apart" if second > first + 1:
                return Rule(kind, *rng.sample([order[first], order[second]], 2))
            case "first" | "last":
                return Rule(kind, order[end])
            case "not first" | "not last" if end not in (first, second):
                return Rule(kind, order[rng.choice((first, second))])
            case _:
                continue


def _is_clear(rules: Sequence[Rule]) -> bool:
    """Return whether no two rules are about the same two things, or the same one."""
    about = [frozenset((rule.thing, rule.other)) for rule in rules]
    return len(set(about)) == len(about)


def _content(drawn: tuple[Sequence[str], Sequence[Rule]]) -> str:
    """Return what decides the split, the same in whatever order things and rules are named."""
    things, rules = drawn
    either = [
        replace(rule, thing=min(rule.thing, rule.other), other=max(rule.thing, rule.other))
        if rule.kind == "apart"
        else rule
        for rule in rules
    ]
    return f"{' '.join(sorted(things))}: {' '.join(sorted(map(str, either)))}"
