"""Whether the case of letters counts in the answers of a file.

    "Write apple in capital letters." -> APPLE      the unchanged word is wrong
    "Cobalt?" -> Co, "Carbon monoxide?" -> CO       neither is correct for the other

It counts in the whole file if two of its answers differ only by case, and in a row whose question
has the answer in another case, so that an echo would be correct. Words of a choice ("true or
false?") and letters of options are ignored.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from cogitate.verify.quantity import clean, quantity
from cogitate.verify.strict import canonical

_WORD = re.compile(r"\w")
_CHOICES = frozenset({"true", "false", "yes", "no"})
"""Answers that a question offers in any case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterCase:
    """The answers of a file in which case counts.

    Example: LetterCase(twins=("Co", "CO"), questions=frozenset())
    """

    twins: tuple[str, str] | None
    """Two answers of the file that differ only by case."""
    questions: frozenset[str]
    """Questions that contain their own answer in another case."""

    def counts(self, question: str) -> bool:
        """Return whether case counts in the answer to a question."""
        return self.twins is not None or question in self.questions


def letter_case(pairs: Sequence[tuple[str, str]]) -> LetterCase:
    """Return where case counts, for pairs of question and answer."""
    are_letters = all(len(clean(answer)) == 1 for _, answer in pairs)
    return LetterCase(
        twins=_twins([answer for _, answer in pairs]),
        questions=frozenset(
            question
            for question, answer in pairs
            if not are_letters and canonical(answer) not in _CHOICES and _is_cased(question, answer)
        ),
    )


def _is_cased(question: str, answer: str) -> bool:
    """Return whether a question contains its answer, but only in another case."""
    return _has(canonical(question), canonical(answer)) and not _has(clean(question), clean(answer))


def _twins(answers: Sequence[str]) -> tuple[str, str] | None:
    first: dict[str, str] = {}
    for answer in answers:
        known = first.setdefault(canonical(answer), answer)
        if clean(known) != clean(answer) and quantity(answer) is None:
            return known, answer
    return None


def _has(text: str, part: str) -> bool:
    """Return whether a text contains a part as whole words."""
    start = text.find(part)
    while start >= 0:
        end = start + len(part)
        if not any(map(_WORD.match, (text[max(start - 1, 0) : start], text[end : end + 1]))):
            return True
        start = text.find(part, start + 1)
    return False
