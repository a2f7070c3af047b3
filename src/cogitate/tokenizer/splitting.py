"""How text is cut before byte-pair encoding, by the names that GGUF files use for it."""

import json
import re
from typing import Any

from cogitate.errors import ModelError

_QWEN2 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)
_LLAMA3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def _byte_level(*, use_regex: bool, add_prefix_space: bool = False) -> dict[str, Any]:
    return {
        "type": "ByteLevel",
        "add_prefix_space": add_prefix_space,
        "trim_offsets": True,
        "use_regex": use_regex,
    }


def _split(pattern: str) -> dict[str, Any]:
    cut = {
        "type": "Split",
        "pattern": {"Regex": pattern},
        "behavior": "Isolated",
        "invert": False,
    }
    return {"type": "Sequence", "pretokenizers": [cut, _byte_level(use_regex=False)]}


SPLITTINGS: dict[str, dict[str, Any]] = {
    "gpt-2": _byte_level(use_regex=True),
    "smollm": {
        "type": "Sequence",
        "pretokenizers": [
            {"type": "Digits", "individual_digits": True},
            _byte_level(use_regex=True),
        ],
    },
    "qwen2": _split(_QWEN2),
    "llama-bpe": _split(_LLAMA3),
}
"""GGUF's `tokenizer.ggml.pre` to the `pre_tokenizer` of a tokenizer.json."""


def splitting(name: str) -> dict[str, Any]:
    """Return the `pre_tokenizer` of a GGUF splitting, or raise ModelError."""
    if name not in SPLITTINGS:
        known = ", ".join(sorted(SPLITTINGS))
        raise ModelError(f"this GGUF cuts text as '{name}'; supported are {known}")
    return SPLITTINGS[name]


def splitting_name(pre_tokenizer: dict[str, Any], *, num_merges: int) -> str:
    """Return the GGUF name of a tokenizer.json's `pre_tokenizer`, or raise ModelError."""
    if num_merges == 0:
        return "gpt-2"  # without merges every cut gives the same bytes
    for name, known in SPLITTINGS.items():
        if _essence(pre_tokenizer) == _essence(known):
            return name
    raise ModelError("GGUF has no name for the way this tokenizer cuts text")


def _essence(pre_tokenizer: dict[str, Any]) -> str:
    """Return comparable text without `trim_offsets`, which changes no token."""
    text = json.dumps(pre_tokenizer, sort_keys=True)
    return re.sub(r'"trim_offsets": (true|false)(, )?', "", text)
