"""Stop strings: texts at which an answer ends, detected on token ids as they are sampled."""

from collections.abc import Sequence

from cogitate.thinking.loops import Text


class StopStrings:
    r"""The detector of one answer: `push` each token.

    Example: ends = StopStrings(("\n```\n",), tokenizer_text); any(map(ends.push, tokens))
    """

    __slots__ = ("_num_kept", "_strings", "_tail", "_text")

    def __init__(self, strings: Sequence[str], text: Text) -> None:
        """Start with an empty text; `text` gives that of one token."""
        self._strings, self._text, self._tail = strings, text, ""
        self._num_kept = max(map(len, strings)) - 1

    def push(self, token: int) -> bool:
        """Append the next token; return whether the text has come to one of the strings."""
        text = self._tail + self._text(token)
        self._tail = text[max(0, len(text) - self._num_kept) :]
        return any(string in text for string in self._strings)
