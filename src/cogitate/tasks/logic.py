"""Logic: some people always tell the truth, the others always lie; who is honest?

    Ann: "Bob lies." Bob: "Ann and I are alike." -> thought " Say Ann lies. So Bob is honest. ...",
    answer "Ann"

A thought supposes something of one person and follows what it entails; where it meets a
contradiction it takes the supposition back. Without detours it begins with the one thing that
is certain: whoever says "X and I are alike" shows that X is honest, and "not alike" that X lies.
Level n has n + 1 people; the ood split has people of other names.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from cogitate.tasks.splits import begin, draw_phrasing, draw_within
from cogitate.types import Task, Verdict
from cogitate.verify.strict import canonical, shown

PHRASINGS = (
    "Each always lies or is always honest. {sayings} Who is honest?",
    "Some are honest, the others always lie. {sayings} Which are honest?",
    "Honest people say what is true, liars what is not. {sayings} Name the honest.",
)
OOD_PHRASINGS = (
    "Everyone here is either honest or a liar. {sayings} Who can be believed?",
    "Liars never say what is true, the honest always do. {sayings} Who are the honest ones?",
)
NAMES = ("Ann", "Bob", "Cat", "Dan", "Eve", "Fay", "Gus", "Hal", "Ida", "Jon", "Kim", "Leo")
OOD_NAMES = ("Amy", "Ben", "Deb", "Ed", "Flo", "Ian", "Joy", "Lou", "Max", "Nat", "Sue", "Zoe")
NOBODY = "nobody"
NUM_LEVELS = 6
_LEVEL_WEIGHTS = (2, 3, 3, 1)
_BETWEEN = re.compile(r"[,\s]+(?:and\s+)?")

_SAYINGS = {
    "lies": "{other} lies.",
    "honest": "{other} is honest.",
    "alike": "{other} and I are alike.",
    "unlike": "{other} and I are not alike.",
}
_PLAIN = ("lies", "honest")
"""Sayings that tie two people together; the others settle what the other one is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Saying:
    """What one person says of another.

    Example: Saying(speaker="Ann", kind="lies", other="Bob")
    """

    speaker: str
    kind: str
    other: str

    def __str__(self) -> str:
        """Write it as a question does."""
        return f'{self.speaker}: "{_SAYINGS[self.kind].format(other=self.other)}"'


class Logic:
    """The family: see the module."""

    name = "logic"
    num_levels = NUM_LEVELS

    def generate(self, split: str, seed: int, level: int | None = None) -> Task:
        """Return puzzle `seed` of a split; without a level, of two to five people."""
        key, rng = begin(self.name, split, seed, level, self.num_levels)
        level = level or rng.choices(range(1, 5), _LEVEL_WEIGHTS)[0]
        num_people = level + 1
        names = OOD_NAMES if split == "ood" else NAMES
        sayings, honest = draw_within(
            split,
            lambda: _draw(rng, names, num_people),
            lambda drawn: _content(drawn[0]),
            f"{self.name} puzzles of level {level}",
        )
        phrasing = draw_phrasing(rng, split, PHRASINGS, OOD_PHRASINGS)
        return Task(
            key=key,
            family=self.name,
            level=level,
            question=phrasing.format(sayings=_text(sayings)),
            target=_listed(honest),
            metadata={
                "cluster": _content(sayings),
                "sayings": [[saying.speaker, saying.kind, saying.other] for saying in sayings],
            },
        )

    def verify(self, task: Task, answer: str) -> Verdict:
        """Give 1 for the honest people's names in any order, else 0."""
        if _named(answer) == _named(task.target):
            return Verdict(reward=1.0, why=f"{shown(answer)} is right")
        return Verdict(reward=0.0, why=f"expected {shown(task.target)}, got {shown(answer)}")

    def demonstrate(self, task: Task) -> tuple[str, str]:
        """Suppose that the first is honest, or lies, and take it back where it cannot be."""
        sayings = _sayings(task)
        first = sayings[0].speaker
        honest = Random(f"suppose/{task.key}").random() < 0.5
        thought, possible = _suppose(sayings, first, honest=honest)
        if not possible:
            thought += _suppose(sayings, first, honest=not honest)[0]
        return thought, task.target

    def demonstrate_straight(self, task: Task) -> tuple[str, str]:
        """Begin with what is certain."""
        sayings = _sayings(task)
        sure = next(saying for saying in sayings if saying.kind not in _PLAIN)
        known = {sure.other: sure.kind == "alike"}
        lines, _ = _follow(sayings, known)
        return f" Sure: {_told(sure.other, honest=known[sure.other])}.{lines}", task.target


def _suppose(sayings: Sequence[Saying], person: str, *, honest: bool) -> tuple[str, bool]:
    lines, possible = _follow(sayings, {person: honest})
    return f" Say {_told(person, honest=honest)}.{lines}", possible


def _follow(sayings: Sequence[Saying], known: Mapping[str, bool]) -> tuple[str, bool]:
    """Write down all that follows from what is known, and whether it can be so."""
    honest, thought = dict(known), ""
    left = list(sayings)
    while left:
        # Where nothing known is spoken of, what is certain by itself goes on.
        saying = min(
            left, key=lambda s: (not {s.speaker, s.other} & honest.keys(), s.kind in _PLAIN)
        )
        left.remove(saying)
        for person, value in _entailed(saying, honest):
            if person not in honest:
                honest[person] = value
                thought += f" So {_told(person, honest=value)}."
            elif honest[person] != value:
                return f"{thought} But {_told(person, honest=value)}: no.", False
    return thought, True


def _entailed(saying: Saying, honest: Mapping[str, bool]) -> Iterator[tuple[str, bool]]:
    """Yield what a saying and what is known of one of the two entail."""
    speaker, other = saying.speaker, saying.other
    if saying.kind not in _PLAIN:
        yield other, saying.kind == "alike"
        return
    denied = saying.kind == "lies"
    if speaker in honest:
        yield other, honest[speaker] != denied
    else:
        yield speaker, honest[other] != denied


def _draw(rng: Random, names: Sequence[str], num_people: int) -> tuple[list[Saying], list[str]]:
    """Draw sayings, one of each person, that leave exactly one solution."""
    while True:
        people = rng.sample(names, num_people)
        honest = {person: rng.random() < 0.5 for person in people}
        sayings = [_say(rng, person, people, honest) for person in people]
        if _connected(sayings):
            return sayings, [person for person in people if honest[person]]


def _say(rng: Random, speaker: str, people: Sequence[str], honest: Mapping[str, bool]) -> Saying:
    other = rng.choice([person for person in people if person != speaker])
    plain = "honest" if honest[speaker] == honest[other] else "lies"
    kind = plain if rng.random() < 0.7 else "alike" if honest[other] else "unlike"
    return Saying(speaker=speaker, kind=kind, other=other)


def _connected(sayings: Sequence[Saying]) -> bool:
    """Say whether everyone is tied to somebody of whom it is certain what they are."""
    links = [(s.speaker, s.other) for s in sayings if s.kind in _PLAIN]
    reached = {s.other for s in sayings if s.kind not in _PLAIN}
    while True:
        new = {b for a, b in links if a in reached} | {a for a, b in links if b in reached}
        if new <= reached:
            return len(reached) == len(sayings)
        reached |= new


def _sayings(task: Task) -> list[Saying]:
    return [Saying(speaker=s, kind=k, other=o) for s, k, o in task.metadata["sayings"]]


def _named(answer: str) -> list[str]:
    """Return the names in an answer, sorted: "Bob and Ann" -> ["ann", "bob"]."""
    return sorted(_BETWEEN.split(canonical(answer)))


def _content(sayings: Sequence[Saying]) -> str:
    """Return what makes two puzzles one: in what order people speak does not count."""
    return " ".join(sorted(_text([saying]) for saying in sayings))


def _text(sayings: Sequence[Saying]) -> str:
    return " ".join(map(str, sayings))


def _listed(honest: Sequence[str]) -> str:
    return ", ".join(sorted(honest)) or NOBODY


def _told(person: str, *, honest: bool) -> str:
    return f"{person} {'is honest' if honest else 'lies'}"
