"""A family's questions in many words, of which some are never trained on.

    countdown:wordings=seen    -> "yo, how do i get 61 outta 3 7 8 25? gotta use all of them ..."
    countdown:wordings=unseen  -> "3, 7, 8, 25 => expression == 61 (no leftovers, no repeats)"

Questions, targets and splits are those of the family itself. A file in shipped/wordings holds the
wordings of each family, and frames.txt sentences that may stand around any question; families
without a file, such as word_problems, have frames alone.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from random import Random

from cogitate.protocols import Family
from cogitate.tasks.capabilities import take_over
from cogitate.tasks.families.logic import Saying
from cogitate.tasks.families.schedule import Rule
from cogitate.types import Task, Verdict

OPTION = ":wordings="
SEEN, UNSEEN = SETS = ("seen", "unseen")
"""To train on, and for evaluation alone."""
FOR_EVALUATION = f"{OPTION}{UNSEEN}"
"""How names end of families that training refuses."""
_FOLDER = Path(__file__).resolve().parents[2] / "shipped" / "wordings"
_FRAMES = "frames"
_FRAME_SHARE = 0.3
"""Of the questions that are put in other words already."""
_CALENDAR_KINDS = ("hours", "weekday", "minutes", "later", "earlier", "date")
_CALENDAR_WORDS = {
    "time": re.compile(r"(\d+:\d\d)"),
    "hours": re.compile(r"(\d+) hours"),
    "minutes": re.compile(r"(\d+) minutes"),
    "days": re.compile(r"(\d+) days"),
    "day": re.compile(r"Today is (\w+)"),
    "date": re.compile(r"days after (\d+ \w+)"),
}
Words = Mapping[str, object]
Read = tuple[str, Words]
"""The kind of a question, empty where a family has one kind, and the words to be filled in."""


class Worded:
    """A family whose questions are put in other words."""

    def __init__(self, family: Family, words: str) -> None:
        """Take the family and one of `SETS`."""
        self.name = f"{family.name}{OPTION}{words}"
        take_over(self, family)
        self._family, self._words = family, words

    def generate(self, split: str, seed: int, level: int | None = None) -> Task:
        """Return the family's task in other words; a cluster is an unseen wording's questions."""
        task = self._family.generate(split, seed, level)
        rng, question = Random(f"wordings/{self._words}/{task.key}"), task.question
        read, metadata = _READERS.get(self._family.name), task.metadata
        if read is not None:
            kind, words = read(task, rng)
            wording = rng.choice(_wordings(self._family.name, kind, self._words))
            question = wording.format(**words)
            if self._words == UNSEEN:
                metadata = {**metadata, "cluster": wording}
        if read is None or rng.random() < _FRAME_SHARE:
            question = _framed(rng.choice(_wordings(_FRAMES, "", self._words)), question)
        key = self.name + task.key.removeprefix(self._family.name)
        return replace(task, key=key, family=self.name, question=question, metadata=metadata)

    def verify(self, task: Task, answer: str) -> Verdict:
        """Judge an answer as the family does."""
        return self._family.verify(task, answer)


def _framed(frame: str, question: str) -> str:
    """Return a question in a frame, on lines of its own if it has a block of code."""
    if "```" not in question:
        return frame.format(question=question)
    before, _, after = frame.partition("{question}")
    return "\n".join(part for part in (before.strip(), question, after.strip()) if part)


@cache
def _wordings(name: str, kind: str, words: str) -> Sequence[str]:
    """Return the lines below the heading [words], or [kind words], of a family's file."""
    text = (_FOLDER / f"{name}.txt").read_text("utf-8")
    _, _, rest = text.partition(f"\n[{f'{kind} {words}'.strip()}]\n")
    return rest.partition("\n[")[0].splitlines()


def _countdown(task: Task, _: Random) -> Read:
    *others, last = map(str, task.metadata["numbers"])
    return "", {
        "numbers": f"{', '.join(others)} and {last}",
        "comma": ", ".join([*others, last]),
        "plain": " ".join([*others, last]),
        "target": task.metadata["wanted"],
    }


def _arithmetic(task: Task, _: Random) -> Read:
    given = task.metadata
    return "", {
        "sum": " ".join(given.get("terms") or [str(given[name]) for name in ("a", "sign", "b")])
    }


def _sorting(task: Task, _: Random) -> Read:
    numbers = [str(number) for number in task.metadata["numbers"]]
    kind = "falling" if task.metadata["largest_first"] else "rising"
    return kind, {"numbers": " ".join(numbers), "comma": ", ".join(numbers)}


def _letter_counting(task: Task, rng: Random) -> Read:
    text, letter = task.metadata["text"], task.metadata["letter"]
    return "", {
        "letter": rng.choice((letter, f'"{letter}"')),
        "letters": rng.choice((f"{letter}'s", f"{letter.upper()}s", f'"{letter}"s')),
        "text": f'"{text}"' if " " in text or rng.random() < 0.3 else text,
        "kind": "phrase" if " " in text else "word",
    }


def _spelling(task: Task, rng: Random) -> Read:
    word = task.metadata["text"]
    kind = "forwards" if task.target == " ".join(word) else "backwards"
    return kind, {"word": rng.choice((word, f'"{word}"')), "bare": word}


def _shortest_path(task: Task, _: Random) -> Read:
    given = task.metadata
    return "", {"roads": ", ".join(given["roads"]), "start": given["start"], "goal": given["goal"]}


def _logic(task: Task, _: Random) -> Read:
    sayings = (
        Saying(speaker=speaker, kind=kind, other=other)
        for speaker, kind, other in task.metadata["sayings"]
    )
    return "", {"sayings": " ".join(map(str, sayings))}


def _schedule(task: Task, _: Random) -> Read:
    rules = " ".join(str(Rule(*rule)) for rule in task.metadata["rules"])
    return "", {"things": ", ".join(task.metadata["things"]), "rules": rules}


def _calendar(task: Task, _: Random) -> Read:
    """Read the question in its first wording."""
    found = {name: form.search(task.metadata["cluster"]) for name, form in _CALENDAR_WORDS.items()}
    return _CALENDAR_KINDS[task.level - 1], {
        name: match[1] for name, match in found.items() if match
    }


_READERS: dict[str, Callable[[Task, Random], Read]] = {
    "countdown": _countdown,
    "arithmetic": _arithmetic,
    "sorting": _sorting,
    "letter_counting": _letter_counting,
    "spelling": _spelling,
    "shortest_path": _shortest_path,
    "logic": _logic,
    "schedule": _schedule,
    "calendar": _calendar,
}
