"""Model folders that are complete or absent, and verified to be unchanged; and their cache."""

import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from safetensors import SafetensorError

from cogitate.disk import replace_folder, sha256, sync, sync_tree
from cogitate.errors import ModelError

MANIFEST = "manifest.json"
"""In a cached model's folder: {"format": 1, "files": {name: {sha256, bytes, mtime_ns}}}."""

FORMAT = 1
"""Raised when the contents of the cache change; older folders are then replaced."""


_UNFINISHED = ".unfinished-"
_A_DAY_S = 86_400


def cache() -> Path:
    """Return cogitate's folder inside Hugging Face's cache: $HF_HOME/cogitate."""
    home = os.environ.get("HF_HOME") or Path.home() / ".cache" / "huggingface"
    return Path(home).expanduser() / "cogitate"


def checked(snapshot: Path) -> Path:
    """Return the file that marks a hub model's snapshot as verified; its name is its commit's."""
    return cache() / "checked" / snapshot.name


@contextmanager
def appearing(target: Path, *, replace: bool = False) -> Iterator[Path]:
    """Give a folder to fill, which becomes `target` in one rename when the block ends.

    An exception, a full disk or a killed process leaves no `target`. With `replace` an existing
    folder is replaced; otherwise `target` must be absent or an empty folder.

    Raises:
        ModelError: `target` exists, cannot be written, or is the working directory.
    """
    taken = os.path.lexists(target) and (not target.is_dir() or any(target.iterdir()))
    if taken and not replace:
        raise ModelError(f"{target} already exists and is not empty; choose another folder")
    if target.exists() and target.samefile(Path.cwd()):  # shells would stay in what it replaces
        raise ModelError(f"{target} is the working directory; name a folder in it")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=target.parent))
    except OSError as error:
        raise ModelError(f"{target} cannot be written: {error}") from error
    try:
        unfinished.chmod(0o755)
        yield unfinished
        sync_tree(unfinished)
        replace_folder(unfinished, target)
        sync(target.parent)
    except (OSError, SafetensorError) as error:
        raise ModelError(f"{target} cannot be written: {error}") from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


@contextmanager
def appearing_file(target: Path) -> Iterator[Path]:
    """Give a path to write, which becomes `target` in one rename when the block ends.

    Raises:
        ModelError: `target` exists, or cannot be written.
    """
    if os.path.lexists(target):
        raise ModelError(f"{target} already exists; choose another file")
    unfinished = target.with_name(f"{_UNFINISHED}{os.getpid()}-{target.name}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        yield unfinished
        sync(unfinished)
        unfinished.rename(target)
        sync(target.parent)
    except OSError as error:
        raise ModelError(f"{target} cannot be written: {error}") from error
    finally:
        unfinished.unlink(missing_ok=True)


def sweep(folder: Path) -> None:
    """Remove sealed leftovers of writes that were killed more than a day ago."""
    for path in folder.glob(f"{_UNFINISHED}*"):
        is_ours = not path.is_symlink() and sealed(path)
        if is_ours and time.time() - path.stat().st_mtime > _A_DAY_S:
            shutil.rmtree(path)


def seal(folder: Path) -> dict[str, str]:
    """Record the size, time and SHA-256 of every file, and return the last by name.

    In an empty folder this marks it as cogitate's.
    """
    files = {
        path.name: {
            "sha256": sha256(path),
            "bytes": path.stat().st_size,
            "mtime_ns": path.stat().st_mtime_ns,
        }
        for path in sorted(folder.iterdir())
        if path.name != MANIFEST
    }
    manifest = {"format": FORMAT, "files": files}
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1), "utf-8")
    return {name: str(facts["sha256"]) for name, facts in files.items()}


def sealed(folder: Path) -> bool:
    """Return whether a folder has a seal, complete or not."""
    try:
        return isinstance(json.loads((folder / MANIFEST).read_text("utf-8"))["files"], dict)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def sealed_files(folder: Path) -> set[str]:
    """Return the names of a sealed folder's files, with its manifest's."""
    return {*json.loads((folder / MANIFEST).read_text("utf-8"))["files"], MANIFEST}


def require_ours(folder: Path) -> None:
    """Raise ModelError if there is something at `folder` without a seal."""
    if os.path.lexists(folder) and not sealed(folder):
        raise ModelError(f"{folder} is not from cogitate, which needs that name: move it")


def whole(folder: Path, *, thorough: bool = False) -> bool:
    """Return whether a sealed folder is unchanged.

    A file with the same size and time is assumed to be unchanged, as in git; others are hashed,
    and with `thorough` all are.
    """
    try:
        manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
        return manifest["format"] == FORMAT and all(
            _unchanged(folder / name, facts, thorough=thorough)
            for name, facts in manifest["files"].items()
        )
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _unchanged(path: Path, facts: dict[str, Any], *, thorough: bool) -> bool:
    status = path.stat()
    if status.st_size != facts["bytes"]:
        return False
    if status.st_mtime_ns == facts["mtime_ns"] and not thorough:
        return True
    return sha256(path) == facts["sha256"]
