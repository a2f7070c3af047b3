"""Marks: the words by which a thought turns on itself."""

import re
from collections.abc import Sequence

from cogitate.evaluate.scoring import thought_length
from cogitate.types import Rollout

_WORDS = (
    "wait hmm but however actually instead alternatively no not wrong mistake incorrect again"
    " recheck oops sorry"
)
MARKS = frozenset(_WORDS.split())
"""Words that begin a revision, in lower case."""


def marks_of(texts: Sequence[str]) -> tuple[int, ...]:
    """Return the tokens that begin a mark: a whole word behind a space, or with a capital.

    Args:
        texts: of all tokens.
    """
    begins = re.compile(r"\s|[A-Z]")
    return tuple(
        token for token, text in enumerate(texts) if begins.match(text) and word(text) in MARKS
    )


def places_of_marks(rollout: Rollout, marks: frozenset[int], texts: Sequence[str]) -> list[int]:
    """Return the places of a thought's marks, which are words by themselves."""
    thought = rollout.thought[: thought_length(rollout)]
    each = ["\n", *(texts[token] for token in thought), ""]
    return [
        place
        for place, token in enumerate(thought)
        if token in marks
        and (each[place][-1:].isspace() or each[place + 1][:1].isspace())
        and not each[place + 2][:1].isalpha()
    ]


def word(text: str) -> str:
    """Return a token's word in lower case, without what stands around it."""
    return text.strip(" \n\t.,:;!?\u2014-").lower()
