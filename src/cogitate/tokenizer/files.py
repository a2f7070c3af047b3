"""A tokenizer's files in a Hugging Face folder."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import tokenizers

from cogitate.errors import ModelError
from cogitate.tokenizer.templates import of_several


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


def read(
    folder: Path,
) -> tuple[tokenizers.Tokenizer, str | None, dict[str, str], frozenset[int]]:
    """Return the encoder, the chat template, the named tokens and the ids that end an answer.

    Raises:
        ModelError: a file is missing or does not parse.
    """
    path = folder / "tokenizer.json"
    if not path.is_file():
        raise ModelError(f"{folder} has no tokenizer.json; a fast tokenizer is needed")
    try:
        rust = tokenizers.Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises nothing more precise
        raise ModelError(f"{path} is not a tokenizer: {error}") from error
    config = _read_json(folder / "tokenizer_config.json")
    return rust, _template(folder, config.get("chat_template")), _named(config), _eos(folder)


def _template(folder: Path, configured: Any) -> str | None:
    """Return the chat template; files of their own come before what is configured."""
    paths = {p.stem: p for p in (folder / "additional_chat_templates").glob("*.jinja")}
    if (folder / "chat_template.jinja").is_file():
        paths["default"] = folder / "chat_template.jinja"
    named = {name: path.read_text("utf-8") for name, path in paths.items()}
    if named:
        return of_several(named)
    if isinstance(configured, list):
        entries = cast(list[dict[str, str]], configured)
        return of_several({entry["name"]: entry["template"] for entry in entries})
    return configured


def _named(config: Mapping[str, Any]) -> dict[str, str]:
    """Read "eos_token": "</s>" or "eos_token": {"content": "</s>", ...}."""
    named: dict[str, str] = {}
    ours = {key: value for key, value in config.items() if key.endswith("_token")}
    for key, value in ours.items():
        text = cast(dict[str, Any], value)["content"] if isinstance(value, dict) else value
        if isinstance(text, str):
            named[key] = text
    return named


def _eos(folder: Path) -> frozenset[int]:
    """Read the ids that end an answer from the generation's configuration, else the model's."""
    for name in ("generation_config.json", "config.json"):
        given = _read_json(folder / name).get("eos_token_id")
        if given is not None:
            return frozenset(cast(list[int], given) if isinstance(given, list) else [given])
    return frozenset()


def _read_json(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        return json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise ModelError(f"{path} does not parse: {error}") from error


def _write_json(path: Path, value: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", "utf-8")
