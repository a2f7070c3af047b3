"""What transformers makes of a tokenizer.json, by the class that a folder names.

Most classes take the file as it is. The others keep its vocabulary, its merges, its added tokens
and what stands around raw text, and replace the rest by parts of their own.
"""

import json
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import partial
from typing import Any

from cogitate.errors import ModelError
from cogitate.tokenizer.splitting import SPLITTINGS

Document = dict[str, Any]
"""A tokenizer.json, or some of its fields."""

_AS_IT_IS = ("", "PreTrainedTokenizer", "TokenizersBackend", "BloomTokenizer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """What a class replaces in a tokenizer.json, and the tokens that it names unless told others.

    Example: rebuilt("Qwen2TokenizerFast", family="qwen3", text=text)
    """

    parts: Callable[[Document, Mapping[str, Any]], Document]
    """From a tokenizer.json and a tokenizer_config.json."""
    named: Mapping[str, str]

    def document(self, text: str, config: Mapping[str, Any]) -> str:
        """Return a tokenizer.json with the parts that this class replaces."""
        document = json.loads(text)
        if document["model"].get("type") != "BPE":
            raise ModelError("its tokenizer_class is of byte-pair encoders, its tokenizer.json is not")
        parts = self.parts(document, config)
        model = {**document["model"], **_MODEL, **parts.pop("model", {})}
        kept = {"added_tokens": []} if "added_tokens_decoder" in config else {}
        return json.dumps({**document, **kept, **parts, "model": model})


def rebuilt(name: str, *, family: str | None, text: str) -> Rebuilt | None:
    """Return what transformers replaces in a tokenizer.json, None where it takes it as it is.

    Args:
        name: `tokenizer_class`, empty where no file gives it.
        family: `model_type` of config.json; transformers trusts no class of a Qwen2 model.
        text: the tokenizer.json. One that is byte-level is none of LlamaTokenizer.

    Raises:
        ModelError: transformers replaces it by parts that are not known here.
    """
    name = name.removesuffix("Fast")
    if family == "qwen2" or (family == "qwen3" and not name):
        name = "Qwen2Tokenizer"
    if name in _AS_IT_IS or (name == "LlamaTokenizer" and '"ByteLevel"' in text):
        return None
    if name not in _CLASSES:
        raise ModelError(
            f"tokenizer_class {name} cuts text in a way of its own, which is not supported; if"
            " tokenizer.json is right as it is, set tokenizer_class to PreTrainedTokenizerFast in"
            " tokenizer_config.json"
        )
    return _CLASSES[name]


_MODEL = {
    "dropout": None,
    "unk_token": None,
    "continuing_subword_prefix": "",
    "end_of_word_suffix": "",
    "fuse_unk": False,
    "byte_fallback": False,
    "ignore_merges": False,
}


def _byte_level(
    document: Document, config: Mapping[str, Any], *, cut: str, **others: Any
) -> Document:
    pre_tokenizer = deepcopy(SPLITTINGS[cut].pre_tokenizer)
    last = pre_tokenizer.get("pretokenizers", [pre_tokenizer])[-1]
    last["add_prefix_space"] = bool(config.get("add_prefix_space"))
    decoder = {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True}
    return {"normalizer": None, "pre_tokenizer": pre_tokenizer, "decoder": decoder, **others}


def _gpt2(document: Document, config: Mapping[str, Any]) -> Document:
    """As GPT-2, but for SmolLM2, which says so too.

    Its tokenizer.json cuts numbers into digits, as in its training, in llama.cpp, and in
    transformers up to 4. That transformers 5 forgets it would be another model.
    """
    parts = _byte_level(document, config, cut="gpt-2")
    is_smollm = document["pre_tokenizer"] == SPLITTINGS["smollm"].pre_tokenizer
    kept = is_smollm and not config.get("add_prefix_space")
    return {**parts, "pre_tokenizer": document["pre_tokenizer"]} if kept else parts


def _llama(document: Document, config: Mapping[str, Any]) -> Document:
    """A space stands before a text, and with `legacy` behind each special token too."""
    prefix = config.get("add_prefix_space") is not False
    scheme = ("always" if config.get("legacy") else "first") if prefix else "never"
    cut = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": scheme, "split": False}
    strip = {"type": "Strip", "content": " ", "start": 1, "stop": 0}
    return {
        "normalizer": None,
        "pre_tokenizer": cut,
        "decoder": _joining(*[strip] * prefix),
        "model": {"fuse_unk": True, "byte_fallback": True},
    }


def _gemma(document: Document, config: Mapping[str, Any]) -> Document:
    given = config["unk_token"]
    unknown = given["content"] if isinstance(given, dict) else given
    cut = {"type": "Split", "pattern": {"String": " "}, "behavior": "MergedWithPrevious"}
    return {
        "normalizer": {"type": "Replace", "pattern": {"String": " "}, "content": "▁"},
        "pre_tokenizer": {**cut, "invert": False},
        "decoder": _joining(),
        "model": {"fuse_unk": True, "byte_fallback": True, "unk_token": unknown},
    }


def _joining(*more: Document) -> Document:
    space = {"type": "Replace", "pattern": {"String": "▁"}, "content": " "}
    return {"type": "Sequence", "decoders": [space, {"type": "ByteFallback"}, {"type": "Fuse"}, *more]}


_NFC = {"type": "NFC"}
_END = "<|endoftext|>"
_GPT2 = {"unk_token": _END, "bos_token": _END, "eos_token": _END}

_CLASSES = {
    "GPT2Tokenizer": Rebuilt(parts=_gpt2, named=_GPT2),
    "GPTNeoXTokenizer": Rebuilt(
        parts=partial(_byte_level, cut="gpt-2", normalizer=_NFC, post_processor=None),
        named={**_GPT2, "pad_token": "<|padding|>"},
    ),
    "Qwen2Tokenizer": Rebuilt(
        parts=partial(_byte_level, cut="qwen2", normalizer=_NFC),
        named={"unk_token": _END, "eos_token": _END, "pad_token": _END},
    ),
    "CohereTokenizer": Rebuilt(
        parts=partial(_byte_level, cut="smollm", normalizer=_NFC),
        named={
            "unk_token": "<UNK>",
            "bos_token": "<BOS_TOKEN>",
            "eos_token": "<|END_OF_TURN_TOKEN|>",
            "pad_token": "<PAD>",
            "cls_token": "<CLS>",
            "sep_token": "<SEP>",
            "mask_token": "<MASK_TOKEN>",
        },
    ),
    "LlamaTokenizer": Rebuilt(
        parts=_llama, named={"unk_token": "<unk>", "bos_token": "<s>", "eos_token": "</s>"}
    ),
    "GemmaTokenizer": Rebuilt(
        parts=_gemma,
        named={
            "unk_token": "<unk>",
            "bos_token": "<bos>",
            "eos_token": "<eos>",
            "pad_token": "<pad>",
            "mask_token": "<mask>",
        },
    ),
}
