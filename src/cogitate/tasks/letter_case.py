"""Whether the case of letters counts in the answers of a file.

    "Write apple in capital letters." -> APPLE      the word unchanged is not right
    "Cobalt?" -> Co, "Carbon monoxide?" -> CO       neither is one for the other

It does in the whole file where two of its answers differ by case alone, and in a row whose own
question has the answer in another case, so that an echo would be right. A word that many
questions have ("true or false?"), or an answer that others have too ("Is it true?" -> True),
says nothing about case.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from cogitate.verify.quantity import clean, quantity
from cogitate.verify.strict import canonical

_WORD = re.compile(r"\w+")


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
    cased = [(question, answer) for question, answer in pairs if _is_cased(question, answer)]
    if cased:
        words = Counter(word for question, _ in pairs for word in set(_words(question)))
        times = Counter(canonical(answer) for _, answer in pairs)
        cased_times = Counter(canonical(answer) for _, answer in cased)
        cased = [
            (question, answer)
            for question, answer in cased
            if min((words[word] for word in _words(answer)), default=0)
            <= times[canonical(answer)]
            <= cased_times[canonical(answer)]
        ]
    return LetterCase(
        twins=_twins([answer for _, answer in pairs]),
        questions=frozenset(question for question, _ in cased),
    )


def _is_cased(question: str, answer: str) -> bool:
    """Say whether a question has its answer, and only in another case."""
    return _has(canonical(question), canonical(answer)) and not _has(clean(question), clean(answer))


def _words(text: str) -> list[str]:
    return _WORD.findall(canonical(text))


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
