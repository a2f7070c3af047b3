"""Worked solutions, complete and correct or as people write them, for bench/people.py."""

import re
from collections.abc import Iterator, Sequence
from random import Random

from cogitate.tasks import load_family
from cogitate.tasks.splits import train_or_test
from cogitate.train.data.mixture import is_held_out
from cogitate.types import Task

FAMILIES = ("countdown", "arithmetic", "calendar")
COVERED, HARDER = (1, 2), (3, 4)
"""Levels that people's solutions cover, and others that RL also asks."""
LEFT_OUT, SLIPS = 0.3, 0.05
"""Of the steps of a solution but the last, and of all."""
STEPS = {
    "countdown": r"(?<=\d)(?= \d)",
    "arithmetic": r"(?= ;)",
    "calendar": r"(?<=\.)(?= )",
}
"""Between the steps of each family's solutions."""
NUM_ANSWERS = 60_000
"""Questions with answers that the base is pre-trained on."""


def answers() -> Iterator[dict[str, object]]:
    """Yield questions of all levels with their answers."""
    for task, _ in tasks(NUM_ANSWERS, (*COVERED, *HARDER), Random("answers")):
        yield {"question": task.question, "answer": task.target}


def solutions(kind: str, num: int) -> Iterator[dict[str, object]]:
    """Yield worked solutions of the covered levels; fewer are the first of more."""
    rng = Random(f"people/{kind}")
    for task, family in tasks(num, COVERED, Random("people")):
        thought, answer = family.demonstrate_straight(task)
        if kind != "complete":
            thought = as_people_write(thought, STEPS[family.name], rng)
        yield {"question": task.question, "thought": thought, "answer": answer}


def tasks(num: int, levels: Sequence[int], rng: Random):
    """Yield different tasks of the families' train splits, in turn."""
    families = [load_family(name) for name in FAMILIES]
    seen: set[str] = set()
    place = 0
    while len(seen) < num:
        family = families[place % len(families)]
        task = family.generate("train", rng.randrange(10**9), rng.choice(levels))
        place += 1
        if task.question not in seen and is_trained_on(task.question):
            seen.add(task.question)
            yield task, family


def is_trained_on(question: str) -> bool:
    """Return whether a file's row is neither in its test split nor held out of training."""
    row = Task(
        key="", family="", level=1, question=question, target="", metadata={"cluster": question}
    )
    return train_or_test(question) == "train" and not is_held_out(row)


def as_people_write(thought: str, end: str, rng: Random) -> str:
    """Return a thought with steps left out, and slips that nobody noticed.

    Args:
        thought: complete and correct.
        end: pattern of the places between two steps.
        rng: draws which.

    Example: " 8+6=14 14*2=28 yes" -> " 14*2=27 yes"
    """
    steps = re.split(end, thought)
    kept = [step for step in steps[:-1] if rng.random() >= LEFT_OUT]
    return "".join(slip(s, rng) if rng.random() < SLIPS else s for s in (*kept, steps[-1]))


def slip(step: str, rng: Random) -> str:
    """Return a step whose last number is off by one."""
    found = list(re.finditer(r"\d+", step))
    if not found:
        return step
    last = found[-1]
    return step[: last.start()] + str(int(last[0]) + rng.choice((-1, 1))) + step[last.end() :]
