"""Whether the case of letters counts in the answers of a file.

    "Write apple in capital letters." -> APPLE      the word unchanged is not right
    "Cobalt?" -> Co, "Carbon monoxide?" -> CO       neither is one for the other

It does in the whole file where two of its answers differ by case alone, and in a row whose own
question has the answer in another case, so that an echo would be right. Words of a choice ("true or
false?") and letters of options say nothing about case.
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
    """Where case counts.

    Example: LetterCase(twins=("Co", "CO"), questions=frozenset())
    """

    twins: tuple[str, str] | None
    """Two answers of the file that differ by case alone."""
    questions: frozenset[str]
    """Those that have their own answer in another case."""

    def counts(self, question: str) -> bool:
        """Say whether the case of letters counts in the answer to a question."""
        return self.twins is not None or question in self.questions


def letter_case(pairs: Sequence[tuple[str, str]]) -> LetterCase:
    """Return where case counts among questions and their answers."""
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
    """Say whether a question has its answer, and only in another case."""
    return _has(canonical(question), canonical(answer)) and not _has(clean(question), clean(answer))


def _twins(answers: Sequence[str]) -> tuple[str, str] | None:
    first: dict[str, str] = {}
    for answer in answers:
        known = first.setdefault(canonical(answer), answer)
        if clean(known) != clean(answer) and quantity(answer) is None:
            return known, answer
    return None


def _has(text: str, part: str) -> bool:
    """Say whether a text has a part as whole words."""
    start = text.find(part)
    while start >= 0:
        end = start + len(part)
        if not any(map(_WORD.match, (text[max(start - 1, 0) : start], text[end : end + 1]))):
            return True
        start = text.find(part, start + 1)
    return False
