"""A tokenizer's files in a Hugging Face folder."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import tokenizers
from tokenizers import AddedToken

from cogitate.disk import pointer
from cogitate.errors import ModelError
from cogitate.tokenizer import classes
from cogitate.tokenizer.adding import add
from cogitate.tokenizer.templates import of_several

_NAMED = (
    "bos_token",
    "eos_token",
    "unk_token",
    "sep_token",
    "pad_token",
    "cls_token",
    "mask_token",
)
"""In the order in which new ones get their ids."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """The contents of a model's tokenizer files.

    Example: Described(rust=rust, template=None, named={"eos_token": "</s>"}, ends=[128009])
    """

    rust: tokenizers.Tokenizer
    template: str | None
    named: Mapping[str, str]
    ends: Collection[int]
    """Ids that end an answer."""


def write(folder: Path, rust: tokenizers.Tokenizer, config: Mapping[str, str | None]) -> None:
    """Write tokenizer.json, tokenizer_config.json and special_tokens_map.json."""
    rust.save(str(folder / "tokenizer.json"))
    given = {key: value for key, value in config.items() if value is not None}
    described = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "clean_up_tokenization_spaces": False,
        **dict.fromkeys(_NAMED),  # without a null, the class of a Qwen2 model adds its own tokens
        **given,
    }
    special = {key: value for key, value in given.items() if key.endswith("_token")}
    _write_json(folder / "tokenizer_config.json", described)
    _write_json(folder / "special_tokens_map.json", special)


def read(folder: Path) -> Described:
    """Read the files that transformers' AutoTokenizer reads, with the same result.

    Truncation and padding saved in tokenizer.json are ignored. Tokens around raw text come from
    its post-processor, not from `add_bos_token` in tokenizer_config.json.

    Raises:
        ModelError: a file is missing, does not parse, or has unsupported contents.
    """
    config = _config(folder)
    path = folder / "tokenizer.json"
    model = _read_json(folder / "config.json")
    name = str(config.get("tokenizer_class") or model.get("tokenizer_class") or "")
    try:
        text = path.read_text("utf-8")
        text, config = classes.obey(name, model.get("model_type"), text, config)
        rust = tokenizers.Tokenizer.from_str(text)
    except ModelError as error:
        raise ModelError(f"{path}: {error}") from error
    except Exception as error:  # the library raises nothing more precise
        raise ModelError(f"{path} is not a tokenizer: {error}{pointer(path)}") from error
    if config.get("split_special_tokens"):
        raise ModelError(
            f"the tokenizer of {folder} treats special tokens as text, even in its template;"
            " set split_special_tokens to false in tokenizer_config.json"
        )
    _check_cleaning(rust, config, path)
    rust.no_truncation()
    rust.no_padding()
    named = _named(config)
    add(rust, _missing(rust, folder, config, named))
    texts = {name: token.content for name, token in named.items()}
    return Described(rust=rust, template=_template(folder, config), named=texts, ends=_ends(folder))


def _config(folder: Path) -> dict[str, Any]:
    """Return tokenizer_config.json, with special_tokens_map.json if it lists no tokens itself.

    Raises:
        ModelError: there is no tokenizer.json, the tokenizer is code, or a file does not parse.
    """
    config = _read_json(folder / "tokenizer_config.json")
    code: Any = config.get("auto_map") or {}
    if isinstance(code, list) or "AutoTokenizer" in code:
        raise ModelError(
            f"the tokenizer of {folder} is Python code (auto_map in tokenizer_config.json), which"
            " is not run; a tokenizer.json without auto_map is needed"
        )
    if not (folder / "tokenizer.json").is_file():
        raise ModelError(
            f"{folder} has no tokenizer.json; transformers writes one:"
            " AutoTokenizer.from_pretrained(FOLDER).save_pretrained(FOLDER)"
        )
    if "added_tokens_decoder" in config:
        return config
    beside = _read_json(folder / "special_tokens_map.json")
    return {**config, **beside, "extra_special_tokens": _extra(config) or _extra(beside)}


def _check_cleaning(rust: tokenizers.Tokenizer, config: Mapping[str, Any], path: Path) -> None:
    """Refuse `clean_up_tokenization_spaces`, which transformers ignores for byte-pair encoders."""
    key = "clean_up_tokenization_spaces"
    forced = config.get(f"{key}_for_bpe_even_though_it_will_corrupt_output")
    if forced or (config.get(key) and type(rust.model).__name__ != "BPE"):
        raise ModelError(
            f"the tokenizer of {path} removes spaces from decoded text; set {key} to false"
            " in tokenizer_config.json"
        )


def _extra(config: Mapping[str, Any]) -> Any:
    """Return special tokens besides the named ones: a list, or a dictionary of names."""
    return config.get("extra_special_tokens") or config.get("additional_special_tokens") or []


def _named(config: Mapping[str, Any]) -> dict[str, AddedToken]:
    """Read entries such as "eos_token": "</s>" or "eos_token": {"content": "</s>", ...}."""
    others = [key for key in config if key.endswith("_token") and key not in _NAMED]
    extra = _extra(config)
    given: dict[str, Any] = {key: config.get(key) for key in (*_NAMED, *others)}
    given |= config.get("model_specific_special_tokens") or {}
    given |= cast(dict[str, Any], extra) if isinstance(extra, dict) else {}
    return {name: _token(given[name]) for name in given if isinstance(given[name], str | dict)}


def _token(value: str | dict[str, Any]) -> AddedToken:
    """Return the token given by a text, or by a dictionary with its flags."""
    if isinstance(value, str):
        return AddedToken(value, special=True)
    names = ("lstrip", "rstrip", "single_word", "normalized", "special")
    flags = {name: value[name] for name in names if name in value}
    return AddedToken(value["content"], **{"special": True, **flags})


def _missing(
    rust: tokenizers.Tokenizer,
    folder: Path,
    config: Mapping[str, Any],
    named: Mapping[str, AddedToken],
) -> list[AddedToken]:
    """Return the tokens that tokenizer.json lacks or has with other flags, in order."""
    present = rust.get_added_tokens_decoder()
    as_they_are = {repr(token) for token in present.values()}
    extra: Any = _extra(config)
    if isinstance(extra, dict):  # of names; the older key may have a list
        extra = config.get("additional_special_tokens")
    others = map(_token, cast(list[Any], extra) if isinstance(extra, list) else [])
    more = {token.content: token for token in (*named.values(), *others)}
    listed = _listed(folder, config, present, more)
    known = {token.content for token in (*present.values(), *listed)}
    tokens = [*listed, *(token for text, token in more.items() if text not in known)]
    names = {token.content for token in named.values()}
    names |= {token.content for token in present.values() if token.special}
    for token in tokens:
        token.special = token.special or token.content in names
    return [token for token in tokens if repr(token) not in as_they_are]


def _listed(
    folder: Path,
    config: Mapping[str, Any],
    present: Mapping[int, AddedToken],
    special: Collection[str],
) -> list[AddedToken]:
    """Return the tokens of tokenizer_config.json, else of tokenizer.json and added_tokens.json."""
    if "added_tokens_decoder" in config:
        given: dict[str, Any] = config["added_tokens_decoder"]
        return [_token({"special": False, **given[id_]}) for id_ in sorted(given, key=int)]
    older = {id_: text for text, id_ in _read_json(folder / "added_tokens.json").items()}
    tokens = {id_: AddedToken(text, special=text in special) for id_, text in older.items()}
    tokens |= dict(present)
    return [tokens[id_] for id_ in sorted(tokens)]


def _template(folder: Path, config: Mapping[str, Any]) -> str | None:
    """Return the chat template; template files take precedence over the configuration."""
    paths = {p.stem: p for p in (folder / "additional_chat_templates").glob("*.jinja")}
    if (folder / "chat_template.jinja").is_file():
        paths["default"] = folder / "chat_template.jinja"
    if paths:
        return of_several({name: path.read_text("utf-8") for name, path in paths.items()})
    given: Any = config.get("chat_template")
    if isinstance(given, list):
        entries = cast(list[dict[str, str]], given)
        given = {entry["name"]: entry["template"] for entry in entries}
    return of_several(cast(dict[str, str], given)) if isinstance(given, dict) else given


def _ends(folder: Path) -> frozenset[int]:
    """Read the ids that end an answer from generation_config.json, else from config.json."""
    for name in ("generation_config.json", "config.json"):
        given = _read_json(folder / name).get("eos_token_id")
        if given is None:
            continue
        ids = cast(list[Any], given) if isinstance(given, list) else [given]
        if not all(type(id_) is int for id_ in ids):
            raise ModelError(f"eos_token_id in {folder / name} is {given!r}, not the id of a token")
        return frozenset(ids)
    return frozenset()


def _read_json(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        value = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise ModelError(f"{path} does not parse: {error}") from error
    if not isinstance(value, dict):
        raise ModelError(f"{path} does not hold a JSON object")
    return cast(dict[str, Any], value)


def _write_json(path: Path, value: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", "utf-8")
