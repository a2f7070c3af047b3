"""The text that each token adds where it stands."""

import codecs
import json
import re
from collections.abc import Sequence
from functools import cache, cached_property
from itertools import groupby
from typing import Any, final

import tokenizers

from cogitate.errors import ModelError

_BYTE = re.compile("<0x[0-9A-Fa-f]{2}>")
"""A token that stands for one byte, where the decoder has `ByteFallback`."""

_LONGEST = 4
"""Bytes of a UTF-8 character."""

_DECODERS = {"ByteFallback", "Fuse", "Metaspace", "Replace", "Strip", "WordPiece"}
"""Under these a token spells the same wherever it stands behind the first one."""


@final
class Spelling:
    """What each token of one tokenizer spells behind another one.

    Example: SentencePiece's "▁town" spells b" town", and so does "Ġtown" of a byte-level one.
    """

    def __init__(self, rust: tokenizers.Tokenizer, special: frozenset[int]) -> None:
        """Take a tokenizer and the ids that decoding may leave out.

        Raises:
            ModelError: what a token spells depends on its neighbours.
        """
        self._rust, self._special = rust, special
        self._known: dict[int, bytes | None] = {}
        kinds = [] if rust.decoder is None else _kinds(json.loads(rust.decoder.__getstate__()))
        self.byte_level = kinds == ["ByteLevel"]
        self._byte_fallback = "ByteFallback" in kinds
        if not self.byte_level and (unknown := set(kinds) - _DECODERS):
            raise ModelError(f"a tokenizer with the decoder {min(unknown)} is not supported")

    def visible(self, token: int, *, skip_special: bool) -> bool:
        """Tell whether decoding takes notice of a token; padding rows have no text."""
        return not (skip_special and token in self._special) and self.spell(token) is not None

    def is_byte(self, token: int) -> bool:
        """Tell whether a token is one byte of a run that is decoded as a whole."""
        text = self._rust.id_to_token(token) if self._byte_fallback else None
        return text is not None and _BYTE.fullmatch(text) is not None

    def whole(self, tokens: list[int]) -> str:
        """Return the text of tokens with which a text begins."""
        return self._rust.decode(tokens, skip_special_tokens=False)

    def spell(self, token: int) -> bytes | None:
        """Return what a token adds behind another one; None for an id without a token."""
        if token not in self._known:
            self._known[token] = self._spelled(token)
        return self._known[token]

    def _spelled(self, token: int) -> bytes | None:
        text = self._rust.id_to_token(token)
        if text is None:
            return None
        if self.byte_level:
            return _byte_level(text)
        if self.is_byte(token):
            return bytes.fromhex(text[3:5])
        return self.whole([self._anchor, token])[self._anchor_length :].encode()

    @cached_property
    def _anchor(self) -> int:
        """An ordinary token with letters, so that a decoder takes the next one as not the first."""
        vocab = self._rust.get_vocab(with_added_tokens=False).values()
        return next(id_ for id_ in vocab if self.whole([id_]).strip("\ufffd "))

    @cached_property
    def _anchor_length(self) -> int:
        return len(self.whole([self._anchor]))


@final
class TextStream:
    """Token ids in, one at a time; text out, never cut inside a character.

    Put together, all that `push` and `close` return is what the tokens add to the text of those
    before them. A run of byte tokens (`<0xF0>`) is told when it ends: it is decoded as a whole.
    """

    def __init__(
        self, spelling: Spelling, before: Sequence[int] = (), *, skip_special: bool = True
    ) -> None:
        """Begin behind the tokens `before`."""
        self._spelling, self._skip_special = spelling, skip_special
        self._waiting: list[int] = []
        """Tokens whose text is not settled."""
        self._seen: list[int] = []
        """Those of them that have text."""
        self._utf8 = codecs.getincrementaldecoder("utf-8")("replace")
        self._is_new = False
        """Whether bytes that are no character yet are, in part, not of the tokens before."""
        tail = self._tail(before)
        self._begins = len(tail) == len(before)
        """No text stands before: some decoders leave out a space here."""
        self._num_before = len(tail)
        """Of the tokens not yet settled, those whose text is not told."""
        for token in tail:
            self.settle(token)
        self._is_new = False

    def push(self, token: int) -> str:
        """Return what this token settles of the text; "" while a character is incomplete."""
        return "".join(self.settle(token))

    def close(self) -> str:
        """Return what was held back for a character that never became complete."""
        return "".join(self.rest())

    def settle(self, token: int) -> list[str]:
        """Take a token; return the text of each one that is settled now, this one last."""
        if self._spelling.byte_level:
            spelled = self._spelling.spell(token) if self._visible(token) else None
            self._is_new = bool(spelled) or self._is_new
            return self._told([self._utf8.decode(spelled or b"")])
        self._waiting.append(token)
        if self._visible(token):
            self._seen.append(token)
        return [] if self._is_open() else self._told(self._spelled())

    def rest(self) -> list[str]:
        """Return the text of each token that is left, and of bytes that are no character."""
        unfinished = self._utf8.decode(b"", final=True) if self._is_new else ""
        return [*self._told(self._spelled()), unfinished]

    def _tail(self, before: Sequence[int]) -> Sequence[int]:
        """Return the last tokens that may share a character, or a run, with those that follow."""
        first, num_bytes = len(before), 0
        while first > 0 and num_bytes < _LONGEST:
            token = before[first - 1]
            if self._visible(token):
                if not (self._spelling.byte_level or self._spelling.is_byte(token)):
                    break
                num_bytes += self._spelling.byte_level
            first -= 1
        return before[first:]

    def _visible(self, token: int) -> bool:
        return self._spelling.visible(token, skip_special=self._skip_special)

    def _is_open(self) -> bool:
        """Tell whether the text of what waits may depend on what follows."""
        if not self._seen:
            return False
        ends_in_byte = self._spelling.is_byte(self._seen[-1])
        return ends_in_byte or (self._begins and not self._spelling.whole(self._seen))

    def _spelled(self) -> list[str]:
        """Return the text of each token that waits, and let none wait."""
        texts = self._texts()
        if self._begins and self._seen:
            texts, self._begins = _fitted(texts, self._spelling.whole(self._seen)), False
        seen = iter(texts)
        spelled = [next(seen) if self._visible(token) else "" for token in self._waiting]
        self._waiting, self._seen = [], []
        return spelled

    def _texts(self) -> list[str]:
        """Return what each token that has text adds behind another one."""
        spelled = [(self._spelling.spell(token) or b"", token) for token in self._seen]
        return [
            text
            for is_byte, run in groupby(spelled, lambda pair: self._spelling.is_byte(pair[1]))
            for text in (_run if is_byte else _each)([text for text, _ in run])
        ]

    def _told(self, texts: list[str]) -> list[str]:
        """Leave out the text of tokens that stand before."""
        num = min(self._num_before, len(texts))
        self._num_before -= num
        return texts[num:]


def pieces(
    spelling: Spelling, tokens: Sequence[int], before: Sequence[int], *, skip_special: bool
) -> list[str]:
    """Return the text of each token at the place where its character is complete."""
    stream = TextStream(spelling, before, skip_special=skip_special)
    texts = [text for token in tokens for text in stream.settle(token)] + stream.rest()
    *kept, unfinished = texts
    return [*kept[:-1], kept[-1] + unfinished] if kept else []


def _each(spelled: list[bytes]) -> list[str]:
    return [text.decode() for text in spelled]


def _run(spelled: list[bytes]) -> list[str]:
    """Return the text of byte tokens in a row; each is U+FFFD unless all are characters."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        texts = [decoder.decode(byte) for byte in spelled]
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return ["\ufffd"] * len(spelled)
    return texts


def _fitted(texts: list[str], whole: str) -> list[str]:
    """Return texts that give `whole`; what is too much or missing is so in the first."""
    fitted: list[str] = []
    for text in reversed(texts[1:]):
        cut = max(0, len(whole) - len(text))
        fitted.append(whole[cut:])
        whole = whole[:cut]
    return [whole, *reversed(fitted)]


def _kinds(decoder: dict[str, Any]) -> list[str]:
    """Return the types of a decoder's parts."""
    if decoder["type"] != "Sequence":
        return [decoder["type"]]
    return [kind for part in decoder["decoders"] for kind in _kinds(part)]


@cache
def _bytes_of() -> dict[str, int]:
    """Return the byte of each character of a byte-level vocabulary (GPT-2's table)."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in printable]
    return {chr(byte): byte for byte in printable} | {
        chr(256 + place): byte for place, byte in enumerate(others)
    }


def _byte_level(text: str) -> bytes:
    """Return the bytes of a token; one with other characters is written as it stands."""
    table = _bytes_of()
    try:
        return bytes([table[character] for character in text])
    except KeyError:
        return text.encode()
