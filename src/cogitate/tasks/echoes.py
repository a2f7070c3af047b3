"""Answers that only repeat a part of the question; a target should not be one.

    echoes("Write 7 as a word.") -> ..., ("is the only number of its question", "7"), ...

A choice that the question offers ("cat or dog?") is no echo, unless it is the last in most rows.
"""

import re
from collections.abc import Iterator

_QUOTED = re.compile(r"(?<!\w)[\"'`“‘«]([^\"'`“”‘’«»]+)[\"'`”’»](?!\w)")
_NUMBER = re.compile(r"(?<![\w.,])[+-]?\d(?:[\d.,]*\d)?(?!\w)")
_CHOICE = re.compile(r"\b(?:\w+, ){0,9}\w+,? or \w+")

ECHOES = {
    "is the question itself": 0.0,
    "is the second of its question's two lines": 0.0,
    "is the last sentence of its question": 0.0,
    "is what its question has in quotes": 0.0,
    "is the only number of its question": 0.0,
    "is the list of options of its question": 0.0,
    "is the last line of its question": 0.7,
    "is the last number of its question": 0.7,
    "is the last word of its question": 0.7,
}
"""Description of an echo -> share of all rows above which it is reported."""


def echoes(question: str) -> Iterator[tuple[str, str]]:
    """Yield each rule with the part of the question that it repeats."""
    lines = [line.strip() for line in question.splitlines() if line.strip()]
    quoted, numbers = _QUOTED.findall(question), _NUMBER.findall(question)
    last = re.split(r"[.!?:]\s", question.strip())[-1]
    choices = _CHOICE.findall(question)
    found = (
        [question],
        lines[1:] if len(lines) == 2 else [],
        [last, last.rstrip(".!?")] if last != question.strip() else [],
        quoted if len(quoted) == 1 else [],
        numbers if len(numbers) == 1 else [],
        choices[-1:],
        lines[-1:] if len(lines) > 2 else [],
        numbers[-1:] if len(numbers) > 1 else [],
        re.findall(r"\w+", question)[-1:],
    )
    yield from ((rule, text) for rule, texts in zip(ECHOES, found, strict=True) for text in texts)
