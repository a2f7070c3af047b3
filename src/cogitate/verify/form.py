"""The form of an answer, whatever the question was."""

import re

_MARKUP = re.compile(r"</?think|<\|")
_MOST_FOREIGN = 0.3
"""Of a text's letters."""


def is_malformed(answer: str) -> bool:
    """Say whether an answer has no text of its own, or markup in it.

    Example: is_malformed("</think> 3") -> True
    """
    return not answer.strip() or _MARKUP.search(answer) is not None


def is_foreign(question: str, text: str) -> bool:
    """Say whether a text drifts into a script that its question does not use.

    Example: is_foreign("How many?", "三") -> True
    """
    letters, known = [char for char in text if char.isalpha()], set(question)
    foreign = sum(not char.isascii() and char not in known for char in letters)
    return foreign > _MOST_FOREIGN * len(letters)
