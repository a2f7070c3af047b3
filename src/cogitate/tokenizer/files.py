"""A tokenizer's files in a Hugging Face folder."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import tokenizers
from tokenizers import AddedToken

from cogitate.errors import ModelError

_NAMED = ("bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token")
"""In the order in which those that are new to the vocabulary get their ids."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What a folder says of its tokenizer.

    Example: read(folder).named -> {"eos_token": "<|im_end|>"}
    """

    rust: tokenizers.Tokenizer
    template: str | None
    named: dict[str, str]
    ends: frozenset[int]
    """Ids that end an answer."""


def write(folder: Path, rust: tokenizers.Tokenizer, config: Mapping[str, str | None]) -> None:
    """Write tokenizer.json, tokenizer_config.json and special_tokens_map.json."""
    rust.save(str(folder / "tokenizer.json"))
    given = {key: value for key, value in config.items() if value is not None}
    described = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "clean_up_tokenization_spaces": False,
        **given,
    }
    special = {key: value for key, value in given.items() if key.endswith("_token")}
    _write_json(folder / "tokenizer_config.json", described)
    _write_json(folder / "special_tokens_map.json", special)


def read(folder: Path) -> Read:
    """Read what transformers' AutoTokenizer reads, as it does.

    Length limits and padding that tokenizer.json remembers are not obeyed, as transformers does
    not unless it is asked to. `add_bos_token` and `add_eos_token` of tokenizer_config.json say
    nothing beside a tokenizer.json: its post-processor does.

    Raises:
        ModelError: a file is missing or does not parse, or says what is not supported.
    """
    path = folder / "tokenizer.json"
    config = _read_json(folder / "tokenizer_config.json")
    _check(folder, config)
    try:
        rust = tokenizers.Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises nothing more precise
        raise ModelError(f"{path} is not a tokenizer: {error}") from error
    rust.no_truncation()
    rust.no_padding()
    config = _joined(folder, config)
    named = _named(config)
    rust.add_tokens(_added(rust, folder, config))  # pyright: ignore[reportUnknownMemberType]
    return Read(rust=rust, template=_template(folder, config), named=named, ends=_ends(folder))


def _check(folder: Path, config: Mapping[str, Any]) -> None:
    code = cast(Any, config.get("auto_map", {}))
    if isinstance(code, list) or "AutoTokenizer" in code:
        raise ModelError(
            f"the tokenizer of {folder} is Python code of its own (auto_map in"
            " tokenizer_config.json), which is not run; save it as a fast tokenizer"
        )
    if not (folder / "tokenizer.json").is_file():
        raise ModelError(
            f"{folder} has no tokenizer.json; write it with transformers:"
            " AutoTokenizer.from_pretrained(FOLDER).save_pretrained(FOLDER)"
        )
