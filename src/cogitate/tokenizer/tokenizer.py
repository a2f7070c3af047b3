"""Text to token ids and back, for any model we load; needs neither torch nor transformers."""

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
from cogitate.tokenizer.quoting import quoted
from cogitate.tokenizer.templates import Message, Reads

THINK_OPEN = "<think>"
THINK_CLOSE = "</think>"

MARKERS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", THINK_OPEN, THINK_CLOSE]
"""Of tokenizers from nothing."""

RESERVED = (
    r"<\|reserved_special_token_\d+\|>",  # Llama 3
    r"<jupyter_(start|text)>",  # SmolLM2: taught in no chat, rows of the embedding untrained
    r"<\|reserved_\d+\|>",
)
"""Special tokens that a model's makers left free; the first two of a kind become our markers."""

ENDS = ("<|im_end|>", "<|eot_id|>", "<|end_of_text|>", "<|endoftext|>")
"""Names of tokens after which no model writes anything worth reading."""


@final
class Tokenizer:
    """A `tokenizers.Tokenizer` with its chat template and the ids that have a meaning.

    Example: tokenizer.encode("hi") -> [5112]; tokenizer.encode("<think>") is the text, several
    ids; tokenizer.encode_markup("<think>") is the marker, one id.
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
        """Wrap a tokenizer.

        Args:
            rust: the byte-pair encoder with its added tokens.
            template: the chat template, None for a model never taught to chat.
            named: "bos_token", "eos_token", ... to the token's text, as in tokenizer_config.json.
            eos: ids that end an answer, besides those that their names give away.
            today: what a template that asks for the date is told; None tells it the real one.
        """
        self._rust = rust
        self._today = today
        self._named = dict(named)
        self.template = template
        self._added = {id_: token.content for id_, token in rust.get_added_tokens_decoder().items()}
        self._ids = {text: id_ for id_, text in self._added.items()}
        by_name = [self._ids[name] for name in ENDS if name in self._ids]
        named_eos = rust.token_to_id(self._named.get("eos_token", ""))
        named_ids = [] if named_eos is None else [named_eos]
        self.eos = frozenset([*eos, *by_name, *named_ids])
        if not self.eos:
            raise ModelError("this tokenizer names no end-of-text token")
        self.end: int = next(iter([*by_name[:1], *named_ids, *sorted(self.eos)]))
        self.think_open: int | None = self._ids.get(THINK_OPEN)
        self.think_close: int | None = self._ids.get(THINK_CLOSE)
        self.size: int = 1 + max(rust.get_vocab(with_added_tokens=True).values())

    def encode(self, text: str) -> list[int]:
        """Return the ids of plain text: what looks like a special token is text here."""
        return self._plain.encode(text, add_special_tokens=False).ids

    def encode_markup(self, text: str) -> list[int]:
        """Return the ids of text in which special tokens mean themselves, as templates write."""
        return self._rust.encode(text, add_special_tokens=False).ids

    def decode(self, tokens: Iterable[int], *, skip_special: bool = True) -> str:
        """Return the text of ids; ids that name nothing (padding rows) give nothing."""
        kept = (t for t in tokens if not (skip_special and t in self._added))
        return self._rust.decode(list(kept), skip_special_tokens=False)

    def texts(self) -> list[str]:
        """Return what each ordinary id stands for alone, in the order of the ids.

        Example: Tokenizer.load("runs/a/model").texts()[9690] -> " word"
        """
        return [self.decode([token]) for token in range(self.size)]

    def chat(
        self, messages: Sequence[Message], *, add_generation_prompt: bool = True, **variables: Any
    ) -> str:
        """Return the text of a conversation, by the model's own template.

        Raises:
            ModelError: the template refuses these messages.
        """
        given = {"add_generation_prompt": add_generation_prompt, **self._named, **variables}
        if self._today is not None:
            given["strftime_now"] = self._today.strftime
        return templates.render(self._chat_template, messages, given)

    def chat_tokens(self, messages: Sequence[Message], **variables: Any) -> list[int]:
        """Return the ids of a conversation; special tokens inside messages are only text.

        Those that the template itself looks for, as some do for "</think>", mean themselves.

        Example: a question that contains "<|im_end|>" cannot end its own turn.
        """
        text, masked = quoted(self.chat, messages, variables, self._markup)
        if masked == text:
            return self.encode_markup(text)
        tokens, done = list[int](), 0
        for found in self._markup.finditer(masked):
            tokens += [*self.encode(text[done : found.start()]), self._ids[found[0]]]
            done = found.end()
        return tokens + self.encode(text[done:])

    def with_thinking(self) -> Self:
        """Return a tokenizer where `<think>` and `</think>` are single ids.

        Models that have them keep them. Else two tokens that the model's makers reserved are
        renamed, or, without such, two ids are added after the last one in use: `size` may then
        exceed the rows of the model's embedding, which the caller grows.
        """
        if self.think_open is not None and self.think_close is not None:
            return self
        document = json.loads(self._rust.to_str())
        old = _reserved(self._ids)
        if old:
            _rename(document, dict(zip(old, (THINK_OPEN, THINK_CLOSE), strict=True)))
        rust = tokenizers.Tokenizer.from_str(json.dumps(document))
        gguf_fields.add_markup(rust, [THINK_OPEN, THINK_CLOSE], special=True)
        return self._with(rust=rust, template=_thinking_template(self.template))

    def with_budgets(self) -> Self:
        """Return a tokenizer whose template tells the model its thought budget."""
        if self.tells_budget:
            return self
        return self._with(template=templates.TELL_BUDGET + (self.template or templates.PLAIN))

    def on(self, today: date) -> Self:
        """Return a tokenizer for which it is always `today`, as one run needs it."""
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
        """What the chat template looks at.

        Raises:
            ModelError: it does not parse.
        """
        return templates.reads(self._chat_template)

    @property
    def _chat_template(self) -> str:
        return templates.PLAIN if self.template is None else self.template

    @property
    def tells_budget(self) -> bool:
        """Whether the model is told how long it may think: it was taught what that means."""
        return "thinking_budget" in (self.template or "")

    def to_json(self) -> str:
        """Return the text of a tokenizer.json, for other libraries."""
        return self._rust.to_str()

    def save(self, folder: Path) -> None:
        """Write the files that `load` and transformers read, into a folder that exists."""
        files.write(folder, self._rust, {**self._named, "chat_template": self.template})

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read a Hugging Face folder's tokenizer.

        Raises:
            ModelError: tokenizer.json is missing or does not parse.
        """
        rust, template, named, eos = files.read(folder)
        return cls(rust, template=template, named=named, eos=eos)

    @classmethod
    def from_gguf(cls, fields: Mapping[str, Any]) -> Self:
        """Build the byte-pair encoder that a GGUF file describes in its metadata.

        Args:
            fields: keys such as "tokenizer.ggml.tokens" to plain Python values.

        Raises:
            ModelError: another kind of tokenizer, or another way of cutting text.
        """
        rust, named = gguf_fields.read(fields)
        return cls(rust, template=fields.get("tokenizer.chat_template"), named=named)

    def gguf(self, num_rows: int = 0) -> dict[str, Any]:
        """Return the metadata that `from_gguf` reads, for an export.

        Args:
            num_rows: of the embedding; llama.cpp wants a token for each, padding included.

        Raises:
            ModelError: GGUF has no name for the way this tokenizer cuts text.
        """
        return gguf_fields.describe(self._rust, self._named, self.template, num_rows)

    @classmethod
    def bytes(cls) -> Self:
        """Return the tokenizer of models from nothing: 256 bytes and the five markers.

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
        """Return a small vocabulary of its own: bytes, their most frequent merges, the markers.

        Each digit stays a token, so that numbers are written the way they are added up. Byte-pair
        encoding (arXiv 1508.07909) that cuts text as SmolLM does.

        Args:
            texts: what the merges are counted in.
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

    @cached_property
    def _plain(self) -> tokenizers.Tokenizer:
        """The same encoder without its added tokens."""
        document = json.loads(self._rust.to_str())
        return tokenizers.Tokenizer.from_str(json.dumps({**document, "added_tokens": []}))

    @cached_property
    def _markup(self) -> re.Pattern[str]:
        """Finds the special tokens in text, the longest first."""
        longest_first = sorted(self._ids, key=len, reverse=True)
        return re.compile("(" + "|".join(map(re.escape, longest_first)) + ")")


def _reserved(texts: Iterable[str]) -> list[str]:
    """Return two special tokens of one kind that the model's makers left free, or nothing."""
    ordered = list(texts)
    for pattern in RESERVED:
        free = [text for text in ordered if re.fullmatch(pattern, text)]
        if len(free) >= 2:
            return free[:2]
    return []


def _rename(document: dict[str, Any], names: Mapping[str, str]) -> None:
    """Give tokens of a tokenizer.json other texts and keep their ids."""
    vocab: dict[str, int] = document["model"]["vocab"]
    document["model"]["vocab"] = {names.get(text, text): id_ for text, id_ in vocab.items()}
    for token in document["added_tokens"]:
        token["content"] = names.get(token["content"], token["content"])


def _thinking_template(template: str | None) -> str | None:
    """Return a template that opens the thought where the model is to go on."""
    if template is None or "<|im_start|>" in template:
        return templates.CHATML
    return template + templates.OPEN_THOUGHT
