"""Byte-pair tokenizers in the metadata of GGUF files (ggml docs/gguf.md, "Tokenizer")."""

import json
from collections.abc import Mapping
from itertools import product
from typing import Any

import tokenizers
from tokenizers import AddedToken, models, processors

from cogitate.errors import ModelError
from cogitate.tokenizer.adding import add
from cogitate.tokenizer.files import Described
from cogitate.tokenizer.splitting import Splitting, splitting, splitting_name
from cogitate.tokenizer.templates import of_several, render

NORMAL, UNKNOWN, CONTROL, USER_DEFINED, UNUSED = 1, 2, 3, 4, 5
"""`tokenizer.ggml.token_type`."""

_NAMES = {"bos": "bos", "eos": "eos", "unknown": "unk", "padding": "pad"}
"""`tokenizer.ggml.{}_token_id` to Hugging Face's `{}_token`."""

_ENDS = ("eot", "eom")
"""`tokenizer.ggml.{}_token_id` of tokens that end a turn or a message."""

_EMPTY: dict[str, Any] = {"type": "BPE", "vocab": {}, "merges": []}

_SPACE = "▁"
"""SentencePiece's mark for a space."""


def read(fields: Mapping[str, Any]) -> Described:
    """Return the tokenizer that a GGUF file describes.

    Raises:
        ModelError: another kind of tokenizer, or another pre-tokenizer.
    """
    texts: list[str] = fields.get("tokenizer.ggml.tokens", [])
    types: list[int] = fields.get("tokenizer.ggml.token_type", [NORMAL] * len(texts))
    if len(types) != len(texts):
        raise ModelError(f"this GGUF has {len(texts)} tokens but {len(types)} token types")
    document, add_bos = _document(fields, texts, types)
    try:
        rust = _built(document)
    except Exception as error:  # the library raises nothing more precise
        raise ModelError(f"this GGUF's tokenizer is broken: {error}") from error
    kinds = list(zip(texts, types, strict=True))
    add_markup(rust, [text for text, kind in kinds if kind in (CONTROL, UNKNOWN)], special=True)
    add_markup(rust, [text for text, kind in kinds if kind == USER_DEFINED], special=False)
    given: dict[str, int] = {
        name: fields.get(f"tokenizer.ggml.{name}_token_id", -1) for name in (*_NAMES, *_ENDS)
    }
    ids = {name: id_ for name, id_ in given.items() if 0 <= id_ < len(texts)}
    named = {f"{ours}_token": texts[ids[name]] for name, ours in _NAMES.items() if name in ids}
    add_bos = fields.get("tokenizer.ggml.add_bos_token", add_bos)
    add_eos = fields.get("tokenizer.ggml.add_eos_token", False)
    bos = named.get("bos_token") if add_bos else None
    _frame(rust, bos, named.get("eos_token") if add_eos else None)
    return Described(
        rust=rust,
        named=named,
        ends=[ids[name] for name in _ENDS if name in ids],
        template=_template(fields, named, opened=bos is not None),
    )


def _built(document: Mapping[str, Any]) -> tokenizers.Tokenizer:
    """Return the tokenizer of a tokenizer.json, whose model is given as Python values.

    To pass a vocabulary of 150,000 and its merges through text takes four times as long.
    """
    rust = tokenizers.Tokenizer.from_str(json.dumps({**document, "model": _EMPTY}))
    rust.model = models.BPE(**document["model"])
    return rust


def _template(fields: Mapping[str, Any], named: Mapping[str, str], *, opened: bool) -> str | None:
    """Return the chat template; a lone tools template serves all conversations, as in llama.cpp."""
    key = "tokenizer.chat_template"
    given = {"default": fields.get(key), "tool_use": fields.get(f"{key}.tool_use")}
    templates = {
        name: _opened(text, named) if opened else text
        for name, text in given.items()
        if text is not None
    }
    return of_several(templates) if "default" in templates else templates.get("tool_use")


def add_markup(rust: tokenizers.Tokenizer, texts: list[str], *, special: bool) -> None:
    """Make texts single tokens wherever markup is parsed; those without an id get a new one."""
    add(rust, [AddedToken(text, normalized=False, special=special) for text in texts])


def _frame(rust: tokenizers.Tokenizer, bos: str | None, eos: str | None) -> None:
    """Make raw text begin with BOS and end with EOS, if these are given."""
    around = [(text, rust.token_to_id(text)) for text in (bos, eos) if text is not None]
    if around:
        before = [] if bos is None else [f"{bos}:0"]
        after = [] if eos is None else [f"{eos}:0"]
        rust.post_processor = processors.TemplateProcessing(
            single=[*before, "$A:0", *after], special_tokens=around
        )


def _opened(template: str, named: Mapping[str, str]) -> str:
    """Return a template that begins with one BOS, which llama.cpp puts before conversations too."""
    asked = [{"role": "user", "content": "Q"}]
    try:
        text = render(template, asked, {**named, "add_generation_prompt": True})
    except ModelError:
        return template
    return template if text.startswith(named["bos_token"]) else "{{ bos_token }}" + template


def _document(
    fields: Mapping[str, Any], texts: list[str], types: list[int]
) -> tuple[dict[str, Any], bool]:
    """Return a tokenizer.json without added tokens, and whether raw text begins with BOS.

    Raises:
        ModelError: another kind of tokenizer, or another pre-tokenizer.
    """
    kind = fields.get("tokenizer.ggml.model")
    vocab = _vocabulary(texts, types)
    if kind == "gpt2":
        cut = splitting(fields.get("tokenizer.ggml.pre", "default"))
        merges = [_pair(merge) for merge in fields.get("tokenizer.ggml.merges", [])]
        return _byte_level(vocab, merges, cut), cut.add_bos
    if kind == "llama" and "tokenizer.ggml.scores" in fields:
        scores = dict(zip(texts, fields["tokenizer.ggml.scores"], strict=True))
        pieces = {text: scores[text] for text, id_ in vocab.items() if types[id_] == NORMAL}
        add_space = fields.get("tokenizer.ggml.add_space_prefix", True)
        return _sentencepiece(vocab, _merges(pieces), add_space=add_space), True
    raise ModelError(
        f"this GGUF has a '{kind}' tokenizer; only 'gpt2' (byte-level BPE) and 'llama'"
        " (SentencePiece BPE, with scores) are supported"
    )


def _vocabulary(texts: list[str], types: list[int]) -> dict[str, int]:
    """Return the ids of texts: of unused ones too, up to the last that is used.

    Added tokens get the number of texts as their id, which would be in use if any were left out.
    """
    used = {text: id_ for id_, text in enumerate(texts) if types[id_] != UNUSED}
    last = max(used.values(), default=0)
    return {text: id_ for id_, text in enumerate(texts[:last])} | used


def _pair(merge: str) -> tuple[str, str]:
    left, _, right = merge.partition(" ")
    return left, right


def _byte_level(
    vocab: Mapping[str, int], merges: list[tuple[str, str]], cut: Splitting
) -> dict[str, Any]:
    return {
        "version": "1.0",
        "added_tokens": [],
        "normalizer": None,
        "pre_tokenizer": cut.pre_tokenizer,
        "post_processor": None,
        "decoder": {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True},
        "model": {
            "ignore_merges": cut.ignore_merges,
            "vocab": vocab,
            "merges": merges,
        },
    }


def _sentencepiece(
    vocab: Mapping[str, int], merges: list[tuple[str, str]], *, add_space: bool
) -> dict[str, Any]:
    """Return a tokenizer as Llama 2's: a space before each text, bytes for unknown characters."""
    prepend = [{"type": "Prepend", "prepend": _SPACE}] if add_space else []
    strip = [{"type": "Strip", "content": " ", "start": 1, "stop": 0}] if add_space else []
    return {
        "version": "1.0",
        "added_tokens": [],
        "normalizer": {"type": "Sequence", "normalizers": [*prepend, _replace(" ", _SPACE)]},
        "pre_tokenizer": None,
        "post_processor": None,
        "decoder": {
            "type": "Sequence",
            "decoders": [
                _replace(_SPACE, " "),
                {"type": "ByteFallback"},
                {"type": "Fuse"},
                *strip,
            ],
        },
        "model": {
            "fuse_unk": True,
            "byte_fallback": True,
            "vocab": vocab,
            "merges": merges,
        },
    }


def _replace(old: str, new: str) -> dict[str, Any]:
    return {"type": "Replace", "pattern": {"String": old}, "content": new}


def _merges(scores: Mapping[str, float]) -> list[tuple[str, str]]:
    """Return all merges of two pieces into a third, the best score first."""
    best_first = sorted(scores, key=lambda text: -scores[text])
    pairs = ((text[:cut], text[cut:]) for text in best_first for cut in range(1, len(text)))
    return [(left, right) for left, right in pairs if left in scores and right in scores]


def describe(tokenizer: Described, num_rows: int, end: int) -> dict[str, Any]:
    """Return the metadata from which `read` restores the tokenizer, for at least `num_rows` ids.

    `end` ends an answer: without one, llama.cpp takes token 11. `tokenizer.ends` are the others
    that it does not recognise by name.

    Raises:
        ModelError: GGUF cannot express this tokenizer.
    """
    rust, named = tokenizer.rust, tokenizer.named
    if len(tokenizer.ends) > len(_ENDS):
        raise ModelError(f"answers end in more tokens ({tokenizer.ends}) than GGUF has fields")
    document = json.loads(rust.to_str())
    _check(document)
    vocab = rust.get_vocab(with_added_tokens=True)
    texts = [f"[PAD{id_}]" for id_ in range(max(num_rows, 1 + max(vocab.values())))]
    types = [UNUSED] * len(texts)
    for text, id_ in vocab.items():
        texts[id_], types[id_] = text, NORMAL
    for id_, token in rust.get_added_tokens_decoder().items():
        types[id_] = CONTROL if token.special else USER_DEFINED
    add_bos, add_eos = _framed(rust, named)
    ids = {name: vocab.get(named.get(f"{ours}_token", "")) for name, ours in _NAMES.items()}
    ids |= {"eos": end, **dict(zip(_ENDS, tokenizer.ends, strict=False))}
    fields: dict[str, Any] = {
        "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.pre": splitting_name(
            document["pre_tokenizer"], ignore_merges=document["model"]["ignore_merges"]
        ),
        "tokenizer.ggml.tokens": texts,
        "tokenizer.ggml.token_type": types,
        "tokenizer.ggml.merges": [" ".join(pair) for pair in document["model"]["merges"]],
        "tokenizer.ggml.add_bos_token": add_bos,
        "tokenizer.ggml.add_eos_token": add_eos,
        "tokenizer.ggml.add_space_prefix": False,
        **{f"tokenizer.ggml.{name}_token_id": id_ for name, id_ in ids.items() if id_ is not None},
    }
    if tokenizer.template is not None:
        fields["tokenizer.chat_template"] = tokenizer.template
    return fields


def _check(document: Mapping[str, Any]) -> None:
    """Refuse what GGUF cannot express.

    NFC, which Qwen's tokenizers apply, is lost in all their GGUF files.
    """
    decoder: dict[str, Any] = document["decoder"] or {}
    normalizer: dict[str, Any] | None = document["normalizer"]
    flags = ("lstrip", "rstrip", "single_word")
    fault = ""
    if document["model"]["type"] != "BPE" or decoder.get("type") != "ByteLevel":
        fault = "is not byte-level BPE"
    elif not document["model"]["merges"]:
        fault = "has no merges"
    elif normalizer is not None and normalizer["type"] != "NFC":
        fault = f"normalizes text ({normalizer['type']})"
    elif marked := [t["content"] for t in document["added_tokens"] if any(t[f] for f in flags)]:
        fault = f"strips text around {marked[0]!r}"
    if fault:
        raise ModelError(f"this tokenizer {fault}, which GGUF cannot express; export a folder")


def _framed(rust: tokenizers.Tokenizer, named: Mapping[str, str]) -> tuple[bool, bool]:
    """Return whether raw text begins with BOS and ends with EOS."""
    bare, framed = (rust.encode("a", add_special_tokens=asked).ids for asked in (False, True))
    bos, eos = (rust.token_to_id(named.get(f"{name}_token", "")) for name in ("bos", "eos"))
    for add_bos, add_eos in product((False, True), repeat=2):
        if framed == [*[bos] * add_bos, *bare, *[eos] * add_eos]:
            return add_bos, add_eos
    raise ModelError("GGUF has no name for what this tokenizer puts around raw text")
