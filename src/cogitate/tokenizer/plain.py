"""Encoding of text in which special tokens of the vocabulary are only text."""

import re
import secrets
from collections.abc import Mapping
from functools import cached_property
from typing import final

import tokenizers
from tokenizers import AddedToken

from cogitate.tokenizer.adding import add

_FLAGS = ("lstrip", "rstrip", "single_word", "normalized")
"""Flags that decide how an added token is found in text."""


@final
class Plain:
    """Encodes text as a tokenizer does, but without the special tokens in it.

    Example: Plain(rust, markup).encode("<|im_end|>") -> the ids of ten characters
    """

    def __init__(self, rust: tokenizers.Tokenizer, markup: Mapping[str, AddedToken]) -> None:
        """Take a tokenizer and its special tokens, by their text.

        Each gets a random second name with an id of its own.
        """
        nonce = secrets.randbelow(10**15)
        self._names = {text: f"\uf8ff{nonce}:{place}\uf8ff" for place, text in enumerate(markup)}
        self._original, self._markup = rust, markup
        longest_first = sorted(markup, key=len, reverse=True)
        self.special = re.compile("|".join(map(re.escape, longest_first)) or "(?!)")
        """Matches a special token in text."""

    @cached_property
    def _rust(self) -> tokenizers.Tokenizer:
        """The same tokenizer, which finds special tokens only by their random names."""
        rust = tokenizers.Tokenizer.from_str(self._original.to_str())
        rust.encode_special_tokens = True
        hidden: list[AddedToken] = []
        named: list[AddedToken] = []
        for text, token in self._markup.items():
            flags = {flag: getattr(token, flag) for flag in _FLAGS}
            hidden.append(AddedToken(text, special=True, **flags))
            named.append(AddedToken(self._names[text], special=False, **flags))
        add(rust, [*hidden, *named])
        return rust

    @cached_property
    def _special_ids(self) -> dict[int, int]:
        """Ids of the random names -> ids of the special tokens."""
        ids = self._rust.get_vocab(with_added_tokens=True)
        return {ids[name]: ids[text] for text, name in self._names.items()}

    def encode(self, text: str, *, add_special_tokens: bool = False) -> list[int]:
        """Return the ids of text."""
        return self._rust.encode(text, add_special_tokens=add_special_tokens).ids

    def encode_masked(self, text: str, masked: str) -> list[int]:
        """Return the ids of text whose special tokens count only where `masked` has them too.

        Elsewhere they are text: see cogitate.tokenizer.quoting.
        """
        pieces, done = list[str](), 0
        for found in self.special.finditer(masked):
            pieces += [text[done : found.start()], self._names[found[0]]]
            done = found.end()
        special = self._special_ids
        tokens = self.encode("".join([*pieces, text[done:]]))
        return [special.get(token, token) for token in tokens]

    def leading(self, text: str) -> str | None:
        """Return the special token with which a text begins."""
        found = self.special.match(text)
        return None if found is None else found[0]
