"""Tokens that are added to a vocabulary."""

from collections.abc import Iterable

import tokenizers
from tokenizers import AddedToken

from cogitate.errors import ModelError


def add(rust: tokenizers.Tokenizer, tokens: Iterable[AddedToken]) -> None:
    """Make texts single tokens wherever markup is parsed; those without an id get a new one.

    Raises:
        ModelError: a new id belongs to another token. New ids follow the number of tokens, so this
            is a vocabulary that leaves ids out.
    """
    given = list(tokens)
    rust.add_tokens(given)  # pyright: ignore[reportUnknownMemberType]
    text_of = rust.model.id_to_token
    for token in given:
        id_ = rust.token_to_id(token.content)
        other = None if id_ is None else text_of(id_)
        if other not in (None, token.content):
            raise ModelError(
                f"this tokenizer leaves ids out, so that a new token would get id {id_} of"
                f" {other!r}; give each id below the largest a token in its vocabulary"
            )
