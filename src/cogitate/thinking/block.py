"""The end of an answer's first block of code, detected on token ids as they are sampled."""

import re
from collections.abc import Sequence

from cogitate.thinking.loops import Text

_OPENING = re.compile(r"[ \t]*(`{3,}|~{3,})[^\n]*")
_TAIL = 16
"""Tokens at the end of a prompt that may open a block."""


class Block:
    """The detector of one answer: `push` each token.

    An answer may begin inside a block that its prompt has opened, as EvalPlus's prompts do. A block
    is complete once the line of its closing fence is.

    Example: block = Block((), text); any(map(block.push, tokens))
    """

    __slots__ = ("_fence", "_line", "_text")

    def __init__(self, prompt: Sequence[int], text: Text) -> None:
        """Start behind a prompt; `text` gives the text of one token."""
        self._text, self._line, self._fence = text, "", ""
        lines = "".join(map(text, prompt[-_TAIL:])).split("\n")
        if len(lines) > 1 and not lines[-1]:
            self._end_line(lines[-2])

    def push(self, token: int) -> bool:
        """Append the next token; return whether a block is complete with it."""
        *ended, self._line = (self._line + self._text(token)).split("\n")
        return any(self._end_line(line) for line in ended)

    def _end_line(self, line: str) -> bool:
        """Take a line; return whether it closes a block."""
        found = _OPENING.fullmatch(line)
        if found and not self._fence:
            self._fence = found[1]
            return False
        mark = line.strip()
        return bool(found) and mark.startswith(self._fence) and set(mark) == {self._fence[0]}
