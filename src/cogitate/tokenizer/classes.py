"""How transformers modifies a tokenizer.json, by the class that a folder names.

Most classes use the file unchanged. Others keep its vocabulary, merges, added tokens and
post-processor, and replace all other parts.
"""

import json
from collections.abc import Callable, Mapping
from copy import deepcopy
from functools import partial
from typing import Any

from cogitate.errors import ModelError
from cogitate.tokenizer.splitting import SPLITTINGS, splits_as

Document = dict[str, Any]
"""A tokenizer.json, some fields of it, or a tokenizer_config.json."""


def obey(name: str, family: str | None, text: str, config: Document) -> tuple[str, Document]:
    """Return tokenizer.json and tokenizer_config.json as transformers' class of that name reads.

    Args:
        name: `tokenizer_class`, "" if no file gives it.
        family: `model_type` of config.json; transformers ignores the class of a Qwen2 model.
        text: of tokenizer.json; if byte-level, LlamaTokenizer leaves it unchanged.
        config: of tokenizer_config.json.

    Raises:
        ModelError: the class is unknown here, or does not match tokenizer.json.
    """
    name = name.removesuffix("Fast")
    if family == "qwen2" or (family == "qwen3" and not name):
        name = "Qwen2Tokenizer"
    is_bytes = '"ByteLevel"' in text
    if name in _AS_IT_IS or (name == "LlamaTokenizer" and is_bytes):
        return text, config
    document = json.loads(text)
    fits = document["model"].get("type") == "BPE" and not (name == "GemmaTokenizer" and is_bytes)
    if name not in _CLASSES or not fits:
        raise ModelError(
            f"tokenizer_class {name} is not supported, since transformers replaces parts of"
            " tokenizer.json; if those are correct as they are, set tokenizer_class to"
            " PreTrainedTokenizerFast in tokenizer_config.json"
        )
    replaced, named = _CLASSES[name]
    config = {**named, **config}
    parts = replaced(config)
    if name == "GPT2Tokenizer" and _is_smollm(document, config):
        parts["pre_tokenizer"] = document["pre_tokenizer"]
    if "added_tokens_decoder" in config:
        parts["added_tokens"] = []
    model = {**document["model"], **_MODEL, **parts.pop("model", {})}
    return json.dumps({**document, **parts, "model": model}), config


def check_qwen2(text: str) -> None:
    """Refuse a tokenizer.json that `obey` would replace by another in a Qwen2 model's folder.

    NFC does not count: Qwen2's tokenizers apply it, and all their GGUF files lose it.

    Raises:
        ModelError: the folder would give other ids for the same text.
    """
    document: dict[str, Any] = json.loads(text)
    decoder: dict[str, Any] = document["decoder"] or {}
    is_bytes = decoder.get("type") == "ByteLevel"
    is_uncut = not document["model"].get("merges")  # splitting changes nothing
    if not is_bytes or not (is_uncut or splits_as("qwen2", document["pre_tokenizer"])):
        raise ModelError(
            "this qwen2 model cannot be saved as a folder: those are always read with"
            " Qwen2Tokenizer, which splits text differently; take the model's own folder instead"
            " of a GGUF file"
        )


def _is_smollm(document: Document, config: Document) -> bool:
    """Return whether digits are split one by one, as by SmolLM2, whose class is GPT2Tokenizer.

    transformers 5 loses this step, and so splits white space before a number differently. SmolLM2
    was trained with it, by transformers 4, and llama.cpp keeps it.
    """
    is_so = document["pre_tokenizer"] == SPLITTINGS["smollm"].pre_tokenizer
    return is_so and not config.get("add_prefix_space")


_AS_IT_IS = ("", "PreTrainedTokenizer", "TokenizersBackend")
_MODEL = {
    "dropout": None,
    "unk_token": None,
    "continuing_subword_prefix": "",
    "end_of_word_suffix": "",
    "fuse_unk": False,
    "byte_fallback": False,
    "ignore_merges": False,
}


def _bytes(config: Document, *, cut: str, **others: Any) -> Document:
    """Return the parts of a byte-level tokenizer that splits text as GGUF's `cut` does."""
    pre_tokenizer = deepcopy(SPLITTINGS[cut].pre_tokenizer)
    last = pre_tokenizer.get("pretokenizers", [pre_tokenizer])[-1]
    last["add_prefix_space"] = bool(config.get("add_prefix_space"))
    decoder = {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True}
    return {"normalizer": None, "pre_tokenizer": pre_tokenizer, "decoder": decoder, **others}


def _llama(config: Document) -> Document:
    """Return Llama's parts: a space before the text, with `legacy` after special tokens too."""
    prefix = config.get("add_prefix_space") is not False
    scheme = ("always" if config.get("legacy") else "first") if prefix else "never"
    cut = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": scheme, "split": False}
    strip = {"type": "Strip", "content": " ", "start": 1, "stop": 0}
    return _pieces(cut, None, *[strip] * prefix)


def _gemma(_: Document) -> Document:
    cut = {"type": "Split", "pattern": {"String": " "}, "behavior": "MergedWithPrevious"}
    return _pieces({**cut, "invert": False}, _replace(" ", "▁"))


def _pieces(cut: Document, normalizer: Document | None, *last: Document) -> Document:
    decoders = [_replace("▁", " "), {"type": "ByteFallback"}, {"type": "Fuse"}, *last]
    return {
        "normalizer": normalizer,
        "pre_tokenizer": cut,
        "decoder": {"type": "Sequence", "decoders": decoders},
        "model": {"fuse_unk": True, "byte_fallback": True},
    }


def _replace(old: str, new: str) -> Document:
    return {"type": "Replace", "pattern": {"String": old}, "content": new}


def _names(**texts: str) -> dict[str, str]:
    return {f"{name}_token": text for name, text in texts.items()}


_NFC = {"type": "NFC"}
_END = "<|endoftext|>"

_CLASSES: Mapping[str, tuple[Callable[[Document], Document], Mapping[str, str]]] = {
    "GPT2Tokenizer": (partial(_bytes, cut="gpt-2"), _names(unk=_END, bos=_END, eos=_END)),
    "GPTNeoXTokenizer": (
        partial(_bytes, cut="gpt-2", normalizer=_NFC, post_processor=None),
        _names(unk=_END, bos=_END, eos=_END, pad="<|padding|>"),
    ),
    "Qwen2Tokenizer": (
        partial(_bytes, cut="qwen2", normalizer=_NFC),
        _names(unk=_END, eos=_END, pad=_END),
    ),
    "CohereTokenizer": (
        partial(_bytes, cut="smollm", normalizer=_NFC),
        _names(unk="<UNK>", bos="<BOS_TOKEN>", eos="<|END_OF_TURN_TOKEN|>", pad="<PAD>")
        | _names(cls="<CLS>", sep="<SEP>", mask="<MASK_TOKEN>"),
    ),
    "LlamaTokenizer": (_llama, _names(unk="<unk>", bos="<s>", eos="</s>")),
    "GemmaTokenizer": (
        _gemma,
        _names(unk="<unk>", bos="<bos>", eos="<eos>", pad="<pad>", mask="<mask>"),
    ),
}
"""Classes that replace parts: the parts, and their default special tokens."""
