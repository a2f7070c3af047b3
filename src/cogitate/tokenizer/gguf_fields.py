"""A byte-pair encoder in a GGUF file's metadata (ggml docs/gguf.md, "Tokenizer")."""

import json
from collections.abc import Mapping
from typing import Any

import tokenizers
from tokenizers import AddedToken

from cogitate.errors import ModelError
from cogitate.tokenizer.splitting import splitting, splitting_name

NORMAL, CONTROL, USER_DEFINED, UNUSED = 1, 3, 4, 5
"""`tokenizer.ggml.token_type`."""

_NAMES = {"bos": "bos", "eos": "eos", "unknown": "unk", "padding": "pad"}
"""`tokenizer.ggml.{}_token_id` to Hugging Face's `{}_token`."""


def read(fields: Mapping[str, Any]) -> tuple[tokenizers.Tokenizer, dict[str, str]]:
    """Return the encoder and the named tokens.

    Raises:
        ModelError: another kind of tokenizer, or another way of cutting text.
    """
    kind = fields.get("tokenizer.ggml.model")
    if kind != "gpt2":
        raise ModelError(f"this GGUF has a '{kind}' tokenizer; only 'gpt2' (BPE) is supported")
    texts: list[str] = fields["tokenizer.ggml.tokens"]
    types: list[int] = fields["tokenizer.ggml.token_type"]
    cut = fields.get("tokenizer.ggml.pre", "gpt-2")
    used = {text: id_ for id_, text in enumerate(texts) if types[id_] != UNUSED}
    merges = [merge.split(" ", 1) for merge in fields.get("tokenizer.ggml.merges", [])]
    rust = tokenizers.Tokenizer.from_str(json.dumps(_document(used, merges, cut)))
    add_markup(rust, [text for text, id_ in used.items() if types[id_] == CONTROL], special=True)
    defined = [text for text, id_ in used.items() if types[id_] == USER_DEFINED]
    add_markup(rust, defined, special=False)
    named: dict[str, str] = {
        f"{ours}_token": texts[fields[f"tokenizer.ggml.{theirs}_token_id"]]
        for theirs, ours in _NAMES.items()
        if f"tokenizer.ggml.{theirs}_token_id" in fields
    }
    return rust, named


def add_markup(rust: tokenizers.Tokenizer, texts: list[str], *, special: bool) -> None:
    """Let texts be single tokens wherever markup is parsed; those without an id get a new one."""
    rust.add_tokens([AddedToken(text, normalized=False, special=special) for text in texts])  # pyright: ignore[reportUnknownMemberType]


def _document(vocab: dict[str, int], merges: list[list[str]], cut: str) -> dict[str, Any]:
    """Return a tokenizer.json without added tokens."""
    byte_level = {
        "type": "ByteLevel",
        "add_prefix_space": False,
        "trim_offsets": True,
        "use_regex": False,
    }
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [],
        "normalizer": {"type": "NFC"} if cut == "qwen2" else None,
        "pre_tokenizer": splitting(cut),
        "post_processor": None,
        "decoder": byte_level,
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": None,
            "continuing_subword_prefix": None,
            "end_of_word_suffix": None,
            "fuse_unk": False,
            "byte_fallback": False,
            "ignore_merges": cut == "llama-bpe",
            "vocab": vocab,
            "merges": merges,
        },
    }


def describe(
    rust: tokenizers.Tokenizer, named: Mapping[str, str], template: str | None, num_rows: int
) -> dict[str, Any]:
    """Return the metadata that `read` turns back into the same encoder, for `num_rows` ids or more.

    Raises:
        ModelError: GGUF has no name for the way this tokenizer cuts text.
    """
    document = json.loads(rust.to_str())
    model = document["model"]
    if model["type"] != "BPE":
        raise ModelError(f"only BPE tokenizers can be exported, not {model['type']}")
    vocab = rust.get_vocab(with_added_tokens=True)
    size = max(num_rows, 1 + max(vocab.values()))
    texts = [f"[PAD{id_}]" for id_ in range(size)]
    types = [UNUSED] * size
    for text, id_ in vocab.items():
        texts[id_], types[id_] = text, NORMAL
    for id_, token in rust.get_added_tokens_decoder().items():
        types[id_] = CONTROL if token.special else USER_DEFINED
    pairs: list[list[str]] = model["merges"]
    merges = [" ".join(pair) for pair in pairs]
    fields: dict[str, Any] = {
        "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.pre": splitting_name(document["pre_tokenizer"], num_merges=len(merges)),
        "tokenizer.ggml.tokens": texts,
        "tokenizer.ggml.token_type": types,
        "tokenizer.ggml.merges": merges,
        "tokenizer.ggml.add_bos_token": False,
        "tokenizer.ggml.add_space_prefix": False,
    }
    for theirs, ours in _NAMES.items():
        id_ = vocab.get(named.get(f"{ours}_token", ""))
        if id_ is not None:
            fields[f"tokenizer.ggml.{theirs}_token_id"] = id_
    if template is not None:
        fields["tokenizer.chat_template"] = template
    return fields
