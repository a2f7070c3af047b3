"""Pre-tokenizers: how text is split before byte-pair encoding, by their names in GGUF files.

The expressions are those of the models' own tokenizer.json files, or llama.cpp's where it differs.
"""

import json
import re
from dataclasses import dataclass
from typing import Any

from cogitate.errors import ModelError

_CONTRACTION = "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
_SPACES = r"\s*[\r\n]+|\s+(?!\S)|\s+"
_QWEN2 = (
    rf"{_CONTRACTION}|[^\r\n\p{{L}}\p{{N}}]?\p{{L}}+|\p{{N}}"
    rf"| ?[^\s\p{{L}}\p{{N}}]+[\r\n]*|{_SPACES}"
)
_QWEN35 = (
    rf"{_CONTRACTION}|[^\r\n\p{{L}}\p{{N}}]?[\p{{L}}\p{{M}}]+|\p{{N}}"
    rf"| ?[^\s\p{{L}}\p{{M}}\p{{N}}]+[\r\n]*|{_SPACES}"
)
_LLAMA3 = _QWEN2.replace(r"|\p{N}|", r"|\p{N}{1,3}|")
_UPPER, _LOWER = r"(?:(?=\p{L})[^a-z])", r"(?:(?=\p{L})[^A-Z])"  # as llama.cpp: ASCII has case
_TEKKEN = (
    rf"[^\r\n\p{{L}}\p{{N}}]?{_UPPER}*{_LOWER}+|[^\r\n\p{{L}}\p{{N}}]?{_UPPER}+{_LOWER}*"
    rf"|\p{{N}}| ?[^\s\p{{L}}\p{{N}}]+[\r\n/]*|{_SPACES}"
)
_HAN = "[一-龥ࠀ-一가-퟿]+"


@dataclass(frozen=True, slots=True, kw_only=True)
class Splitting:
    """One pre-tokenizer, with the settings that llama.cpp associates with it.

    Example: SPLITTINGS["llama-bpe"]
    """

    pre_tokenizer: dict[str, Any]
    """As in a tokenizer.json."""
    ignore_merges: bool = False
    """Whether a piece of the vocabulary is a token even if no merges produce it."""
    add_bos: bool = False
    """Whether raw text begins with BOS if the file does not say."""


def _byte_level(*, use_regex: bool) -> dict[str, Any]:
    return {
        "type": "ByteLevel",
        "add_prefix_space": False,
        "trim_offsets": True,
        "use_regex": use_regex,
    }


def _split(*patterns: str, use_regex: bool = False) -> dict[str, Any]:
    cuts: list[dict[str, Any]] = [
        {"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": False}
        for pattern in patterns
    ]
    return {"type": "Sequence", "pretokenizers": [*cuts, _byte_level(use_regex=use_regex)]}


_DIGITS = {
    "type": "Sequence",
    "pretokenizers": [
        {"type": "Digits", "individual_digits": True},
        _byte_level(use_regex=True),
    ],
}
_GPT2_PATTERN = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"

SPLITTINGS: dict[str, Splitting] = {
    "gpt-2": Splitting(pre_tokenizer=_byte_level(use_regex=True)),
    "smollm": Splitting(pre_tokenizer=_DIGITS),
    "qwen2": Splitting(pre_tokenizer=_split(_QWEN2)),
    "qwen35": Splitting(pre_tokenizer=_split(_QWEN35)),
    "llama-bpe": Splitting(pre_tokenizer=_split(_LLAMA3), ignore_merges=True, add_bos=True),
    "smaug-bpe": Splitting(pre_tokenizer=_split(_LLAMA3)),
    "tekken": Splitting(pre_tokenizer=_split(_TEKKEN), ignore_merges=True, add_bos=True),
    "deepseek-coder": Splitting(
        pre_tokenizer=_split(r"[\r\n]", r"\s?\p{L}+", r"\s?\p{P}+", _HAN, r"\p{N}")
    ),
    "default": Splitting(
        pre_tokenizer=_split(r"[\p{P}\$\+<=>\^~\|]+", _GPT2_PATTERN, r"\p{N}+", "[0-9][0-9][0-9]")
    ),
}
"""By GGUF's `tokenizer.ggml.pre`, for Llama, Qwen and models of the same architecture."""

_SAME = {
    "gpt-2": ("a.x-4.0", "mellum", "trillion"),
    "smollm": ("minerva-7b", "refact", "starcoder"),
    "qwen2": ("deepseek-r1-qwen", "kormo", "megrez"),
    "llama-bpe": ("falcon3", "llama-v3", "llama3", "midm-2.0", "pixtral"),
}
_ALIASES = {alias: name for name, aliases in _SAME.items() for alias in aliases}


def splitting(name: str) -> Splitting:
    """Return the pre-tokenizer with a GGUF name.

    Raises:
        ModelError: the name is not supported.
    """
    name = _ALIASES.get(name, name)
    if name not in SPLITTINGS:
        known = ", ".join(sorted([*SPLITTINGS, *_ALIASES]))
        raise ModelError(f"this GGUF has the pre-tokenizer '{name}'; supported are {known}")
    return SPLITTINGS[name]


def splitting_name(pre_tokenizer: dict[str, Any] | None, *, ignore_merges: bool) -> str:
    """Return the GGUF name of a tokenizer.json's `pre_tokenizer`.

    Raises:
        ModelError: GGUF has no such pre-tokenizer.
    """
    for name, known in SPLITTINGS.items():
        if splits_as(name, pre_tokenizer) and ignore_merges == known.ignore_merges:
            return name
    raise ModelError("GGUF has no name for this tokenizer's pre-tokenizer")


def splits_as(name: str, pre_tokenizer: dict[str, Any] | None) -> bool:
    """Return whether a tokenizer.json's `pre_tokenizer` is the one with a GGUF name."""
    return _essence(pre_tokenizer) == _essence(SPLITTINGS[name].pre_tokenizer)


def _essence(pre_tokenizer: dict[str, Any] | None) -> str:
    """Return comparable text without `trim_offsets`, which does not change tokens."""
    text = json.dumps(pre_tokenizer, sort_keys=True)
    return re.sub(r'"trim_offsets": (true|false)(, )?', "", text)
