"""The form of an answer, whatever the question was."""

import re

_MARKUP = re.compile(r"</?think|<\|")


def is_malformed(answer: str) -> bool:
    """Say whether an answer has no text of its own, or markup in it.

    Example: is_malformed("</think> 3") -> True
    """
    return not answer.strip() or _MARKUP.search(answer) is not None
