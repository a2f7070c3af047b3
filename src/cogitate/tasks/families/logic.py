"""Logic: some people always tell the truth, the others always lie; who is honest?

    Ann: Bob lies. Bob: Ann and I are alike. -> thought " Say: Ann lies. Ann lies but Ann
    honest: no. Sure: Ann honest. Ann honest: Bob lies.", answer "Ann"

A thought begins with what is certain: "X and I are alike" proves that X is honest, and "not alike"
that X lies. It then takes each known person in turn and writes down what follows about others. A
self-correction first makes an assumption about one person, and withdraws it at a contradiction.
Level n has n + 1 people; the ood split has other names and two more people.
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
NOBODY, _ALSO_NOBODY = "nobody", ("no one", "no-one", "none")
_OOD_PEOPLE = 2
NUM_LEVELS = 6
_LEVEL_WEIGHTS = (2, 3, 3, 1)
_SELF_CORRECTION_SHARE = 0.25
"""Share of the solutions with self-corrections that begin with an assumption."""
_BETWEEN = re.compile(r"[,\s]+(?:and\s+)?")

_SAYINGS = {
    "lies": "{other} lies.",
    "honest": "{other} is honest.",
    "alike": "{other} and I are alike.",
    "unlike": "{other} and I are not alike.",
}
_PLAIN = ("lies", "honest")
"""Sayings that relate two people; the others determine what the other person is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Saying:
    """A statement of one person about another.

    Example: Saying(speaker="Ann", kind="lies", other="Bob")
    """

    speaker: str
    kind: str
    other: str

    def __str__(self) -> str:
        """Return the statement as in a question."""
        return f"{self.speaker}: {_SAYINGS[self.kind].format(other=self.other)}"


class Logic:
    """The family: see the module."""

    name = "logic"
    num_levels = NUM_LEVELS

    def generate(self, split: str, seed: int, level: int | None = None) -> Task:
        """Return puzzle `seed` of a split; without a level, of two to five people."""
        key, rng = begin(self.name, split, seed, level, self.num_levels)
        level = level or rng.choices(range(1, 5), _LEVEL_WEIGHTS)[0]
        num_people = level + 1 + (_OOD_PEOPLE if split == "ood" else 0)
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
        """Return reward 1 for the honest people's names in any order, else 0."""
        if _named(answer) == _named(task.target):
            return Verdict(reward=1.0, why=f"{shown(answer)} is right")
        return Verdict(reward=0.0, why=f"expected {shown(task.target)}, got {shown(answer)}")

    def demonstrate(self, task: Task) -> tuple[str, str]:
        """Begin some solutions with an assumption, withdrawn at a contradiction."""
        sayings, rng = _sayings(task), Random(f"suppose/{task.key}")
        if rng.random() >= _SELF_CORRECTION_SHARE:
            return self.demonstrate_straight(task)
        supposed = {sayings[0].speaker: rng.random() < 0.5}
        thought, honest = _follow(sayings, supposed)
        known = honest if honest else {}
        return f" Say{thought}{'' if honest else ' no.'}{_from_sure(sayings, known)}", task.target

    def demonstrate_straight(self, task: Task) -> tuple[str, str]:
        """Begin with what is certain."""
        return _from_sure(_sayings(task), {}), task.target


def _from_sure(sayings: Sequence[Saying], known: Mapping[str, bool]) -> str:
    """Return the certain facts about people not yet known, and all that follows from them."""
    sure = {s.other: s.kind == "alike" for s in sayings if s.kind not in _PLAIN}
    new = {person: honest for person, honest in sure.items() if person not in known}
    return f" Sure{_follow(sayings, new)[0]}" if new else ""


def _follow(
    sayings: Sequence[Saying], known: Mapping[str, bool]
) -> tuple[str, dict[str, bool] | None]:
    """Propagate from each known person in turn to others.

    Returns:
        The thought, and everybody's honesty; None if there is a contradiction.
    """
    honest, waiting, thought = dict(known), list(known), f": {_facts(known)}."
    while waiting:
        person = waiting.pop(0)
        entailed = dict(_entailed(sayings, person, honest=honest[person]))
        new = {other: value for other, value in entailed.items() if other not in honest}
        wrong = {o: v for o, v in entailed.items() if honest.get(o, v) != v}
        if wrong:
            return f"{thought} {_facts({person: honest[person]})} but {_facts(wrong)}:", None
        if new:
            thought += f" {_facts({person: honest[person]})}: {_facts(new)}."
        honest |= new
        waiting += new
    return thought, honest


def _entailed(
    sayings: Sequence[Saying], person: str, *, honest: bool
) -> Iterator[tuple[str, bool]]:
    """Yield what follows about others from one person's honesty, and certain facts about them."""
    for saying in sayings:
        if saying.kind in _PLAIN and person in (saying.speaker, saying.other):
            other = saying.other if person == saying.speaker else saying.speaker
            yield other, honest == (saying.kind == "honest")
        elif saying.kind not in _PLAIN and person == saying.other:
            yield person, saying.kind == "alike"


def _draw(rng: Random, names: Sequence[str], num_people: int) -> tuple[list[Saying], list[str]]:
    """Draw one saying of each person, so that there is exactly one solution."""
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
    """Return whether everybody is connected to a person who is certainly known."""
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
    text = canonical(answer)
    return [NOBODY] if text in _ALSO_NOBODY else sorted(_BETWEEN.split(text))


def _content(sayings: Sequence[Saying]) -> str:
    """Return the canonical form of a puzzle: the order of its sayings does not matter."""
    return " ".join(sorted(_text([saying]) for saying in sayings))


def _text(sayings: Sequence[Saying]) -> str:
    return " ".join(map(str, sayings))


def _listed(honest: Sequence[str]) -> str:
    return ", ".join(honest) or NOBODY


def _facts(honest: Mapping[str, bool]) -> str:
    return ", ".join(f"{person} {'honest' if true else 'lies'}" for person, true in honest.items())
