"""Text to token ids and back, for all supported models; needs neither torch nor transformers."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, Self, final

import tokenizers
from tokenizers import decoders, models, pre_tokenizers, trainers

from cogitate.errors import ModelError
from cogitate.tokenizer import files, gguf_fields, templates
from cogitate.tokenizer.plain import Plain
from cogitate.tokenizer.quoting import quoted
from cogitate.tokenizer.spelling import Spelling, TextStream, pieces
from cogitate.tokenizer.templates import Message, Reads

THINK_OPEN = "<think>"
THINK_CLOSE = "</think>"

MARKERS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", THINK_OPEN, THINK_CLOSE]
"""Tokens of new vocabularies that are not text."""

RESERVED = (
    r"<\|reserved_special_token_\d+\|>",  # Llama 3
    r"<jupyter_(start|text)>",  # SmolLM2: not used in chats, rows of the embedding untrained
    r"<\|reserved_\d+\|>",
)
"""Unused special tokens of a model; the first two of a kind become the markers of a thought."""

ENDS = ("<|im_end|>", "<|eot_id|>", "<|end_of_text|>", "<|endoftext|>")
"""Names of end tokens, after which generation stops.

Answers end in the first of them if the template does not say in which.
"""

OTHER_ENDS = (
    *("<|end|>", "<|eom_id|>", "</s>", "<eos>", "<end_of_turn>", "<end_of_utterance>"),
    *("<｜end▁of▁sentence｜>", "<EOT>", "_<EOT>", "[EOT]", "[EOS]"),
)
"""More end tokens, known to llama.cpp."""

_ANSWER = "An answer."
"""Rendered in a chat template to find the token that follows an answer."""


@final
class Tokenizer:
    """A `tokenizers.Tokenizer` with its chat template and special ids.

    Example: tokenizer.encode("hi") -> [5112]; tokenizer.encode("<think>") gives the text, several
    ids; tokenizer.encode_markup("<think>") gives the marker, one id.
    """

    def __init__(
        self,
        rust: tokenizers.Tokenizer,
        *,
        template: str | None,
        named: Mapping[str, str],
        eos: Iterable[int] = (),
        today: date | None = None,
    ) -> None:
        """Wrap a tokenizer, whose markers of a thought are made not special.

        Other libraries leave special tokens out of text, and look for the end of a thought in it.

        Args:
            rust: the byte-pair encoder with its added tokens.
            template: the chat template; None for a model not trained on chats.
            named: "bos_token", "eos_token", ... to the token's text, as in tokenizer_config.json.
            eos: ids that end an answer, besides those known by name.
            today: the date that templates get; None for the current one.
        """
        self._rust = rust
        self._today = today
        self._named = dict(named)
        self.template = template
        added = rust.get_added_tokens_decoder()
        ids = {token.content: id_ for id_, token in added.items()}
        self.think_open: int | None = ids.get(THINK_OPEN)
        self.think_close: int | None = ids.get(THINK_CLOSE)
        markers = (self.think_open, self.think_close)
        self._markup = {
            token.content: token
            for id_, token in sorted(added.items())
            if token.special or id_ in markers
        }
        """Added tokens that are not text; other added tokens are."""
        plain = [added[id_] for id_ in markers if id_ is not None]
        for token in plain:
            token.special = False
        rust.add_tokens(plain)  # pyright: ignore[reportUnknownMemberType]
        by_name = [ids[name] for name in ENDS if name in ids]
        others = [ids[name] for name in OTHER_ENDS if name in ids]
        named_eos = rust.token_to_id(self._named.get("eos_token", ""))
        named_ids = [] if named_eos is None else [named_eos]
        known = sorted({*eos, *by_name, *others})
        ends = [*self._turn_ends(), *by_name[:1], *named_ids, *known]
        if not ends:
            raise ModelError("this tokenizer names no end-of-text token")
        self.end: int = ends[0]
        """The id in which answers end."""
        self.eos: frozenset[int] = frozenset(ends)
        """The ids that end an answer, from the model's files and its template."""
        self.size: int = 1 + max(rust.get_vocab(with_added_tokens=True).values())
        skipped = [ids[t] for t in self._markup if ids[t] in markers or not rust.decode([ids[t]])]
        self._skipped = frozenset(skipped)
        """Ids that `decode` skips; a normalizer may turn a special token into text."""
        self._spelling = Spelling(rust, self._skipped)

    def encode(self, text: str) -> list[int]:
        """Return the ids of plain text; special tokens in it are text."""
        return self._plain.encode(text)

    def encode_markup(self, text: str) -> list[int]:
        """Return the ids of text with special tokens, as templates write it."""
        return self._rust.encode(text, add_special_tokens=False).ids

    def encode_raw(self, text: str, *, markup: bool = True) -> list[int]:
        """Return the ids of raw text, with the BOS and EOS that this tokenizer adds.

        Chat templates write their own.

        Args:
            text: a prompt to continue, or a document for training.
            markup: whether special tokens in it count as such, or are text.

        Example: Llama 2's tokenizer.encode_raw("Lima") -> [1, 365, 2946]
        """
        if markup:
            return self._rust.encode(text, add_special_tokens=True).ids
        return self._plain.encode(text, add_special_tokens=True)

    def decode(self, tokens: Iterable[int], *, skip_special: bool = True) -> str:
        """Return the text of ids; ids without a token (padding rows) have no text."""
        kept = (t for t in tokens if not (skip_special and t in self._skipped))
        return self._rust.decode(list(kept), skip_special_tokens=False)

    def pieces(
        self, tokens: Sequence[int], before: Sequence[int] = (), *, skip_special: bool = True
    ) -> list[str]:
        """Return the text that each token adds at its position, after the tokens `before`.

        Their concatenation is what `decode` of all tokens adds to that of `before`. A character
        belongs to the token that completes it; earlier tokens of it have "".

        Example: tokenizer.pieces([3681], before=[17677]) -> [" town"]
        """
        return pieces(self._spelling, tokens, before, skip_special=skip_special)

    def spell(self, token: int) -> bytes:
        """Return the bytes that a token adds after another one; empty if decoding skips it.

        Example: tokenizer.spell(3681) -> b" town"
        """
        is_visible = self._spelling.visible(token, skip_special=True)
        return (self._spelling.spell(token) or b"") if is_visible else b""

    def stream(self, before: Sequence[int] = (), *, skip_special: bool = True) -> TextStream:
        """Return an incremental decoder that continues after the tokens `before`."""
        return TextStream(self._spelling, before, skip_special=skip_special)

    def texts(self) -> list[str]:
        """Return the text of each id, in order; "" for special tokens.

        Example: Tokenizer.load("runs/a/model").texts()[9690] -> " word"
        """
        spell = self._spelling.spell
        spelled = (None if id_ in self._skipped else spell(id_) for id_ in range(self.size))
        return [(text or b"").decode(errors="replace") for text in spelled]

    def chat(
        self, messages: Sequence[Message], *, add_generation_prompt: bool = True, **variables: Any
    ) -> str:
        """Return the text of a conversation, from the model's own template.

        Raises:
            ModelError: the template refuses these messages.
        """
        given = {"add_generation_prompt": add_generation_prompt, **self._named, **variables}
        if self._today is not None:
            given["strftime_now"] = self._today.strftime
        return templates.render(self._chat_template, messages, given)

    def chat_tokens(self, messages: Sequence[Message], **variables: Any) -> list[int]:
        """Return the ids of a conversation; special tokens inside messages are only text.

        Those that the template itself searches for, such as "</think>", still count.

        Example: a question that contains "<|im_end|>" cannot end its own turn.
        """
        text, masked = quoted(self.chat, messages, variables, self._plain.special)
        if masked == text:
            return self.encode_markup(text)
        return self._plain.encode_masked(text, masked)

    def with_thinking(self) -> Self:
        """Return a tokenizer in which `<think>` and `</think>` are single ids.

        Existing ones are kept. Otherwise two reserved tokens are renamed or, without such, two ids
        are added after the last one in use: `size` may then exceed the rows of the model's
        embedding, which the caller grows.
        """
        if self.think_open is not None and self.think_close is not None:
            return self
        document = json.loads(self._rust.to_str())
        if old := self._reserved():
            _rename(document, dict(zip(old, (THINK_OPEN, THINK_CLOSE), strict=True)))
        rust = tokenizers.Tokenizer.from_str(json.dumps(document))
        gguf_fields.add_markup(rust, [THINK_OPEN, THINK_CLOSE], special=False)
        return self._with(rust=rust, template=self._thinking_template())

    def _reserved(self) -> list[str]:
        """Return two reserved special tokens of one kind that nothing uses, or an empty list."""
        used = {*self._named.values(), *map(self._rust.id_to_token, self.eos)}
        free = [t for t in self._markup if t not in used and t not in self._chat_template]
        kinds = ([t for t in free if re.fullmatch(pattern, t)][:2] for pattern in RESERVED)
        return next((two for two in kinds if len(two) == 2), list[str]())

    def with_budgets(self) -> Self:
        """Return a tokenizer whose template states the thought budget."""
        if self.tells_budget:
            return self
        return self._with(template=templates.TELL_BUDGET + self._chat_template)

    def on(self, today: date) -> Self:
        """Return a tokenizer with a fixed date, so that all prompts of a run agree."""
        return self._with(today=today)

    def _with(self, **changed: Any) -> Self:
        kept: dict[str, Any] = {
            "rust": self._rust,
            "template": self.template,
            "today": self._today,
        }
        return type(self)(named=self._named, eos=self.eos, **(kept | changed))

    @property
    def reads(self) -> Reads:
        """The names that the chat template reads.

        Raises:
            ModelError: it does not parse.
        """
        return templates.reads(self._chat_template)

    @property
    def _chat_template(self) -> str:
        return self._opening + templates.PLAIN if self.template is None else self.template

    @cached_property
    def _opening(self) -> str:
        """Beginning of a template that is not the model's own: BOS, if raw text begins with it."""
        bos = self._rust.token_to_id(self._named.get("bos_token", ""))
        return "{{ bos_token }}" if bos is not None and bos in self.encode_raw("")[:1] else ""

    def _thinking_template(self) -> str:
        """Return a template whose generation prompt opens the thought."""
        if self.template is None or "<|im_start|>" in self.template:
            return self._opening + templates.CHATML
        return templates.opening_thought(self.template)

    @property
    def converses(self) -> bool:
        """Whether the model may have seen answers before a question: its template is of chats."""
        return self.template is not None and not self.template.endswith(templates.BRIEF)

    @property
    def tells_budget(self) -> bool:
        """Whether the template states the thought budget, as the model was trained."""
        return "thinking_budget" in (self.template or "")

    def to_json(self) -> str:
        """Return the text of a tokenizer.json, for other libraries."""
        return self._rust.to_str()

    def save(self, folder: Path) -> None:
        """Write the files that `load` and transformers read, into an existing folder."""
        files.write(folder, self._rust, {**self._named, "chat_template": self.template})

    @classmethod
    def load(cls, folder: Path, *, eos: Iterable[int] = ()) -> Self:
        """Read a Hugging Face folder's tokenizer; `eos` are more ids that end an answer.

        Raises:
            ModelError: tokenizer.json is missing or does not parse.
        """
        read = files.read(folder)
        return cls(read.rust, template=read.template, named=read.named, eos=[*read.ends, *eos])

    @classmethod
    def from_gguf(cls, fields: Mapping[str, Any]) -> Self:
        """Build the byte-pair tokenizer that a GGUF file describes in its metadata.

        Args:
            fields: keys such as "tokenizer.ggml.tokens" to plain Python values.

        Raises:
            ModelError: another kind of tokenizer, or another pre-tokenizer.
        """
        read = gguf_fields.read(fields)
        return cls(read.rust, template=read.template, named=read.named, eos=read.ends)

    def gguf(self, num_rows: int = 0) -> dict[str, Any]:
        """Return the metadata that `from_gguf` reads, for an export.

        Args:
            num_rows: of the embedding; llama.cpp needs a token for each, padding included.

        Raises:
            ModelError: GGUF cannot express this tokenizer.
        """
        known = {self._rust.token_to_id(name) for name in (*ENDS, *OTHER_ENDS)}
        named = self._rust.token_to_id(self._named.get("eos_token", ""))
        end = self.end if named is None else named
        described = files.Described(
            rust=self._rust,
            named=self._named,
            ends=sorted(self.eos - known - {end}),
            template=self.template,
        )
        return gguf_fields.describe(described, num_rows, end)

    @classmethod
    def bytes(cls) -> Self:
        """Return the tokenizer of 256 bytes and the five markers, for models from random weights.

        Example: Tokenizer.bytes().encode("ab") has two ids; size is 261.
        """
        alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
        rust = tokenizers.Tokenizer(
            models.BPE({text: id_ for id_, text in enumerate([*alphabet, *MARKERS])}, [])
        )
        rust.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
        return cls._new(rust)

    @classmethod
    def learn(cls, texts: Iterable[str], size: int) -> Self:
        """Learn a vocabulary: bytes, their most frequent merges, and the markers.

        Byte-pair encoding (arXiv 1508.07909) with SmolLM's pre-tokenizer. Each digit stays a token,
        so that numbers are written as they are added.

        Args:
            texts: training texts of the merges.
            size: of the vocabulary, at least the 261 of `bytes`.

        Example: Tokenizer.learn(["the cat and the dog"] * 9, 300).encode("the") has one id.
        """
        rust = tokenizers.Tokenizer(models.BPE())
        rust.pre_tokenizer = pre_tokenizers.Sequence(
            [
                pre_tokenizers.Digits(individual_digits=True),
                pre_tokenizers.ByteLevel(add_prefix_space=False),
            ]
        )
        trainer = trainers.BpeTrainer(
            vocab_size=size - len(MARKERS),
            initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
            show_progress=False,
        )
        rust.train_from_iterator(texts, trainer)
        return cls._new(rust)

    @classmethod
    def _new(cls, rust: tokenizers.Tokenizer) -> Self:
        rust.decoder = decoders.ByteLevel()
        gguf_fields.add_markup(rust, MARKERS, special=True)
        return cls(rust, template=templates.BRIEF, named={"eos_token": "<|im_end|>"})

    def _turn_ends(self) -> list[int]:
        """Return the special token that the chat template puts after an answer, if any."""
        messages = [{"role": "user", "content": "Q"}, {"role": "assistant", "content": _ANSWER}]
        try:
            text = self.chat(messages, add_generation_prompt=False)
        except ModelError:
            return []
        _, answer, behind = text.rpartition(_ANSWER)
        token = self._plain.leading(behind.lstrip()) if answer else None
        id_ = None if token in (None, THINK_OPEN, THINK_CLOSE) else self._rust.token_to_id(token)
        return [] if id_ is None else [id_]

    @cached_property
    def _plain(self) -> Plain:
        return Plain(self._rust, self._markup)


def _rename(document: dict[str, Any], names: Mapping[str, str]) -> None:
    """Give tokens of a tokenizer.json other texts and keep their ids."""
    vocab: dict[str, int] = document["model"]["vocab"]
    document["model"]["vocab"] = {names.get(text, text): id_ for text, id_ in vocab.items()}
    for token in document["added_tokens"]:
        token["content"] = names.get(token["content"], token["content"])
