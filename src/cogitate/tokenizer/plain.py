"""Text in which special tokens are only text, though they stand in the vocabulary."""

import re
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, cast, final

import tokenizers
from tokenizers import AddedToken

_FLAGS = ("lstrip", "rstrip", "single_word", "normalized")
"""How an added token is found in text."""


@final
class Plain:
    """Encodes text as a tokenizer does, but finds no special token that somebody typed.

    Example: Plain(rust, markup).encode("<|im_end|>") -> the ids of ten characters
    """

    def __init__(self, rust: tokenizers.Tokenizer, markup: Mapping[str, AddedToken]) -> None:
        """Take a tokenizer and its special tokens, by their text.

        Each gets two other names that nobody can guess: one with an id of its own, and one, in
        digits that no template changes, for where it was typed.
        """
        nonce = secrets.randbelow(10**15)
        self._names = {text: f"\uf8ff{nonce}:{place}\uf8ff" for place, text in enumerate(markup)}
        self._typed = {text: f"7{nonce:015}{place:05}" for place, text in enumerate(markup)}
        self._original, self._markup = rust, markup
        longest_first = sorted(markup, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest_first)) or "(?!)")

    @cached_property
    def _rust(self) -> tokenizers.Tokenizer:
        """The same encoder, which finds the special tokens by their secret names alone."""
        rust = tokenizers.Tokenizer.from_str(self._original.to_str())
        rust.encode_special_tokens = True
        hidden: list[AddedToken] = []
        named: list[AddedToken] = []
        for text, token in self._markup.items():
            flags = {flag: getattr(token, flag) for flag in _FLAGS}
            hidden.append(AddedToken(text, special=True, **flags))
            named.append(AddedToken(self._names[text], special=False, **flags))
        rust.add_tokens([*hidden, *named])  # pyright: ignore[reportUnknownMemberType]
        return rust

    @cached_property
    def _meant(self) -> dict[int, int]:
        """Ids of the secret names to those of the special tokens."""
        ids = self._rust.get_vocab(with_added_tokens=True)
        return {ids[name]: ids[text] for text, name in self._names.items()}

    def encode(self, text: str, *, add_special_tokens: bool = False) -> list[int]:
        """Return the ids of text."""
        return self._rust.encode(text, add_special_tokens=add_special_tokens).ids

    def encode_filled(
        self, given: Mapping[str, Any], fill: Callable[[Mapping[str, Any]], str]
    ) -> list[int]:
        """Return the ids of a form that is filled in with texts that somebody typed.

        Args:
            given: the texts, inside messages and the like.
            fill: writes the form; special tokens of its own mean themselves.
        """
        typed = "\n".join(_texts(given))
        stand_ins = {text: name for text, name in self._typed.items() if text in typed}
        filled = fill({key: _replaced(value, stand_ins) for key, value in given.items()})
        filled = self._pattern.sub(lambda found: self._names[found[0]], filled)
        back = {stand_in: text for text, stand_in in stand_ins.items()}
        meant = self._meant
        return [meant.get(token, token) for token in self.encode(_replaced(filled, back))]

    def leading(self, text: str) -> str | None:
        """Return the special token with which a text begins."""
        found = self._pattern.match(text)
        return None if found is None else found[0]

    def typed_in(self, given: Mapping[str, Any]) -> bool:
        """Tell whether a special token stands in texts that somebody typed."""
        return any(self._pattern.search(text) for text in _texts(given))


def _texts(value: Any) -> Iterator[str]:
    """Yield every text inside messages and other things that a template is given."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from _texts(list(cast(Mapping[Any, Any], value).values()))
    elif isinstance(value, list | tuple):
        for part in cast(Sequence[Any], value):
            yield from _texts(part)


def _replaced(value: Any, table: Mapping[str, str]) -> Any:
    """Return the same things with the texts inside them replaced, the longest first."""
    if isinstance(value, str):
        for old in sorted(table, key=len, reverse=True):
            value = value.replace(old, table[old])
        return value
    if isinstance(value, Mapping):
        pairs = cast(Mapping[Any, Any], value).items()
        return {key: _replaced(part, table) for key, part in pairs}
    if isinstance(value, list | tuple):
        return [_replaced(part, table) for part in cast(Sequence[Any], value)]
    return value
