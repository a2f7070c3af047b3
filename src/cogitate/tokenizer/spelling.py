"""The text that each token adds at its position."""

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
"""A token for one byte, if the decoder has `ByteFallback`."""

_LONGEST = 4
"""Maximum number of bytes of a UTF-8 character."""

_DECODERS = {"ByteFallback", "Fuse", "Metaspace", "Replace", "Strip", "WordPiece"}
"""With these a token has the same text at every position but the first."""


@final
class Spelling:
    """The text of each token of one tokenizer, after another token.

    Example: SentencePiece's "▁town" spells b" town", and so does "Ġtown" of a byte-level one.
    """

    def __init__(self, rust: tokenizers.Tokenizer, special: frozenset[int]) -> None:
        """Take a tokenizer and the ids that decoding may skip.

        Raises:
            ModelError: the text of a token depends on its neighbours.
        """
        self._rust, self._special = rust, special
        self._known: dict[int, bytes | None] = {}
        kinds = [] if rust.decoder is None else _kinds(json.loads(rust.decoder.__getstate__()))
        self.byte_level = kinds == ["ByteLevel"]
        self._byte_fallback = "ByteFallback" in kinds
        if not self.byte_level and (unknown := set(kinds) - _DECODERS):
            raise ModelError(f"a tokenizer with the decoder {min(unknown)} is not supported")

    def visible(self, token: int, *, skip_special: bool) -> bool:
        """Return whether a token has text in decoding; padding ids have none."""
        return not (skip_special and token in self._special) and self.spell(token) is not None

    def is_byte(self, token: int) -> bool:
        """Return whether a token is one byte of a run that is decoded as a whole."""
        text = self._rust.id_to_token(token) if self._byte_fallback else None
        return text is not None and _BYTE.fullmatch(text) is not None

    def whole(self, tokens: list[int]) -> str:
        """Return the text of tokens at the beginning of a text."""
        return self._rust.decode(tokens, skip_special_tokens=False)

    def spell(self, token: int) -> bytes | None:
        """Return the bytes that a token adds after another one; None for an id without a token."""
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
        """An ordinary token with letters, put before others so that they are not the first."""
        vocab = self._rust.get_vocab(with_added_tokens=False).values()
        return next(id_ for id_ in vocab if self.whole([id_]).strip("\ufffd "))

    @cached_property
    def _anchor_length(self) -> int:
        return len(self.whole([self._anchor]))


@final
class TextStream:
    """Incremental decoding of token ids to text, never cut inside a character.

    The concatenated results of `push` and `close` are the text that the tokens add to that of the
    tokens before them. A run of byte tokens (`<0xF0>`) is returned when it ends, since it is
    decoded as a whole.
    """

    def __init__(
        self, spelling: Spelling, before: Sequence[int] = (), *, skip_special: bool = True
    ) -> None:
        """Begin after the tokens `before`."""
        self._spelling, self._skip_special = spelling, skip_special
        self._waiting: list[int] = []
        """Tokens whose text is not final yet."""
        self._seen: list[int] = []
        """Those of them that have text."""
        self._utf8 = codecs.getincrementaldecoder("utf-8")("replace")
        self._is_new = False
        """Whether an incomplete character has bytes of the tokens after `before`."""
        tail = self._tail(before)
        self._begins = len(tail) == len(before)
        """Whether the text begins here: some decoders remove a space at the beginning."""
        self._num_before = len(tail)
        """Number of tokens of `before` whose text is still to be dropped."""
        for token in tail:
            self.resolve(token)
        self._is_new = False

    def push(self, token: int) -> str:
        """Return the text that this token completes; "" while a character is incomplete."""
        return "".join(self.resolve(token))

    def close(self) -> str:
        """Return the text held back for a character that was never completed."""
        return "".join(self.rest())

    def resolve(self, token: int) -> list[str]:
        """Take a token; return the text of each token that is final now, this one last."""
        if self._spelling.byte_level:
            spelled = self._spelling.spell(token) if self._visible(token) else None
            self._is_new = bool(spelled) or self._is_new
            return self._after_start([self._utf8.decode(spelled or b"")])
        self._waiting.append(token)
        if self._visible(token):
            self._seen.append(token)
        return [] if self._is_open() else self._after_start(self._spelled())

    def rest(self) -> list[str]:
        """Return the text of each remaining token, and of an incomplete character."""
        unfinished = self._utf8.decode(b"", final=True) if self._is_new else ""
        return [*self._after_start(self._spelled()), unfinished]

    def _tail(self, before: Sequence[int]) -> Sequence[int]:
        """Return the last tokens that may share a character or a run with the following ones."""
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
        """Return whether the text of the waiting tokens may depend on the following ones."""
        if not self._seen:
            return False
        ends_in_byte = self._spelling.is_byte(self._seen[-1])
        return ends_in_byte or (self._begins and not self._spelling.whole(self._seen))

    def _spelled(self) -> list[str]:
        """Return the text of each waiting token, and clear them."""
        texts = self._texts()
        if self._begins and self._seen:
            texts, self._begins = _fitted(texts, self._spelling.whole(self._seen)), False
        seen = iter(texts)
        spelled = [next(seen) if self._visible(token) else "" for token in self._waiting]
        self._waiting, self._seen = [], []
        return spelled

    def _texts(self) -> list[str]:
        """Return the text that each visible token adds after another one."""
        spelled = [(self._spelling.spell(token) or b"", token) for token in self._seen]
        return [
            text
            for is_byte, run in groupby(spelled, lambda pair: self._spelling.is_byte(pair[1]))
            for text in (_run if is_byte else _each)([text for text, _ in run])
        ]

    def _after_start(self, texts: list[str]) -> list[str]:
        """Drop the text of tokens of `before`."""
        num = min(self._num_before, len(texts))
        self._num_before -= num
        return texts[num:]


def pieces(
    spelling: Spelling, tokens: Sequence[int], before: Sequence[int], *, skip_special: bool
) -> list[str]:
    """Return the text of each token; a character belongs to the token that completes it."""
    stream = TextStream(spelling, before, skip_special=skip_special)
    texts = [text for token in tokens for text in stream.resolve(token)] + stream.rest()
    *kept, unfinished = texts
    return [*kept[:-1], kept[-1] + unfinished] if kept else []


def _each(spelled: list[bytes]) -> list[str]:
    return [text.decode() for text in spelled]


def _run(spelled: list[bytes]) -> list[str]:
    """Return the text of a run of byte tokens; U+FFFD for each unless the run is valid UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        texts = [decoder.decode(byte) for byte in spelled]
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return ["\ufffd"] * len(spelled)
    return texts


def _fitted(texts: list[str], whole: str) -> list[str]:
    """Return texts that concatenate to `whole`; any difference goes to the first."""
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
    """Return the map from characters of a byte-level vocabulary to bytes (GPT-2's table)."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in printable]
    return {chr(byte): byte for byte in printable} | {
        chr(256 + place): byte for place, byte in enumerate(others)
    }


def _byte_level(text: str) -> bytes:
    """Return the bytes of a token; one with other characters is encoded as UTF-8."""
    table = _bytes_of()
    try:
        return bytes([table[character] for character in text])
    except KeyError:
        return text.encode()
