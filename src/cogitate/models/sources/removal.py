"""Removal of what cogitate has put into the cache, and of nothing else."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fnmatch import fnmatch
from pathlib import Path

from huggingface_hub.constants import HF_HUB_CACHE

from cogitate.disk import folder_bytes, names_below
from cogitate.errors import ModelError
from cogitate.models.gguf import kept
from cogitate.models.sources.published import alone, unfinished
from cogitate.models.store import cache, checked, require_ours, sealed_files

_MARK = ".fetched-by-cogitate"
"""A file in the folder of a repository that was not in the hub's cache before."""


def remove_alias(alias: str) -> int:
    """Remove an alias's files, complete or not, and what is packed of them; return all bytes.

    Raises:
        ModelError: there are none, one is not from cogitate, or they are being fetched.
    """
    folder = cache() / alias
    require_ours(folder)
    if not (folder.is_dir() or unfinished(alias).is_dir()):
        raise ModelError(f"{alias} is not in the cache, {cache()}")
    if folder.is_dir() and (others := names_below(folder) - sealed_files(folder)):
        raise ModelError(f"{folder / min(others)} is not from cogitate: move it")
    with alone(alias) as begun:
        if folder.is_dir():
            folder.rename(begun / alias)  # from here on it is absent, also if this is interrupted
        num_bytes = folder_bytes(begun)
        shutil.rmtree(begun)
    return num_bytes + kept.remove(folder)


@contextmanager
def marking(name: str) -> Iterator[None]:
    """Mark a repository as fetched by cogitate if it enters the hub's cache in the block."""
    repo = _repo(name)
    is_new = not repo.exists()
    try:
        yield
    finally:
        if is_new and repo.is_dir():
            (repo / _MARK).touch()


def remove_repo(name: str, patterns: Sequence[str]) -> int:
    """Remove a marked repository from the hub's cache and return its size in bytes.

    Args:
        name: such as "Qwen/Qwen3-0.6B".
        patterns: of the files that cogitate fetches.

    Raises:
        ModelError: it is not in the hub's cache, or other programs have put files of it there.
    """
    repo = _repo(name)
    if not repo.is_dir():
        raise ModelError(f"{name} is not in the hub's cache, {repo.parent}")
    snapshots = repo / "snapshots"
    files = {file.partition("/")[2] for file in names_below(snapshots)}
    others = {file for file in files if not any(fnmatch(file, pattern) for pattern in patterns)}
    if others or not (repo / _MARK).is_file():
        raise ModelError(
            f"{min(others, default=name)} in the hub's cache is not from cogitate; hf cache rm"
            f" model/{name} removes all of {name}"
        )
    for snapshot in snapshots.glob("*"):
        checked(snapshot).unlink(missing_ok=True)
    num_bytes = folder_bytes(repo)
    shutil.rmtree(repo)
    return num_bytes


def _repo(name: str) -> Path:
    return Path(HF_HUB_CACHE) / f"models--{name.replace('/', '--')}"
