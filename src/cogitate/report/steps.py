"""One thought as steps: where the target first stands, and which steps were given up."""

import re
from dataclasses import dataclass

from cogitate.evaluate.reflection.marks import MARKS

_STEP = re.compile(r".*?(?:\n+|[.!?;](?:[ \t]*\n+|(?=\s))|$)", re.DOTALL)
_WORD = re.compile(r"[A-Za-z]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A line or sentence of a thought.

    Example: Step(text="8+6=14 no, ", is_given_up=True, has_target=False)
    """

    text: str
    is_given_up: bool
    """It holds a word by which a thought turns on itself, or the next step begins with one."""
    has_target: bool
    """It is the first in which the target stands by itself."""


def steps_of(thought: str, target: str) -> list[Step]:
    """Return the steps of a thought, whose texts are the whole of it.

    Example: [step.is_given_up for step in steps_of("It is 3. No, it is 4.", "4")] -> [True, False]
    """
    texts = [found.group() for found in _STEP.finditer(thought) if found.group()]
    first = next((i for i, text in enumerate(texts) if _stands_in(target, text)), None)
    found: list[Step] = []
    for place, text in enumerate(texts):
        following = texts[place + 1] if place + 1 < len(texts) else ""
        turns = [*_after_first(text), *_first_word(following)]
        is_given_up = bool(MARKS.intersection(turns))
        found.append(Step(text=text, is_given_up=is_given_up, has_target=place == first))
    return found


def told(steps: list[Step]) -> str:
    """Return the steps in numbers: "12 steps, 4 given up, the target first in step 9"."""
    given_up = sum(step.is_given_up for step in steps)
    first = next((i for i, step in enumerate(steps, 1) if step.has_target), None)
    where = "the target in none" if first is None else f"the target first in step {first}"
    return f"{len(steps)} steps, {given_up} given up, {where}"


def _first_word(text: str) -> list[str]:
    """Return the word with which a step begins, which is about the step before; or none."""
    return [word.lower() for word in _WORD.findall(text)[:1]] if _begins(text) else []


def _after_first(text: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(text)[int(_begins(text)) :]]


def _begins(text: str) -> bool:
    return text.lstrip()[:1].isalpha()


def _stands_in(target: str, text: str) -> bool:
    return bool(target) and bool(re.search(rf"(?<![\w.]){re.escape(target)}(?!\w|\.\d)", text))
