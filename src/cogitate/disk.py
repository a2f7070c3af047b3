"""What reached the disk, whether it is whole, and whether it is ours."""

import errno
import hashlib
import json
import os
import secrets
import shutil
from pathlib import Path
from typing import Any

PAGE_MARK = '<meta name="generator" content="cogitate report">'
"""In the head of every page that we write."""

_KEYS = (
    frozenset({"what", "family", "ok", "shown", "advice"}),  # a finding of check --json
    frozenset({"recipe", "commands", "phases", "held_out"}),  # a run in the data of a report
)
"""What each entry of the lists that we write can be told by: it has all of one of these."""
_LFS = b"version https://git-lfs."
_UNFINISHED = ".unfinished-"
_PART = b'{"asked": "'
"""What a file of kept rollouts begins with."""


def given(name: str | Path) -> Path:
    """Return the path that a user means: as it stands, or else with ~ for the home folder."""
    return Path(name) if os.path.lexists(name) else Path(os.path.expanduser(name))  # noqa: PTH111


def spelled(path: Path) -> str:
    """Write a path so that it is not taken for a name: mini becomes ./mini."""
    text = str(path)
    return text if os.sep in text else f".{os.sep}{text}"


def sha256(path: Path) -> str:
    """Return the hex digest of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def pointer(path: Path) -> str:
    """Return what to say besides of a file that does not parse: it may be one of Git LFS.

    Example: pointer(Path("tokenizer.json")) -> "" or "; it is a Git LFS pointer: ..."
    """
    try:
        with path.open("rb") as file:
            is_pointer = file.read(len(_LFS)) == _LFS
    except (OSError, ValueError):  # ValueError: no file can be called so
        return ""
    return "; it is a Git LFS pointer: run git lfs pull for the file itself" if is_pointer else ""


def sync(path: Path) -> None:
    """Make a file's bytes, or a folder's names, reach the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_tree(folder: Path) -> None:
    """Make everything below a folder reach the disk, and then its own names."""
    for path in [*sorted(folder.rglob("*")), folder]:
        sync(path)


def new_folder(parent: Path, prefix: str) -> Path:
    """Make a folder that nobody else has, and return it."""
    folder = parent / f"{prefix}{secrets.token_hex(4)}"
    folder.mkdir()
    return folder


def write_whole(path: Path, text: str) -> None:
    """Write a file that is there whole or not at all; a device or a pipe as it stands.

    A link keeps pointing to where it points: what it points to is written.
    """
    if path.exists() and not path.is_file():
        path.write_text(text, encoding="utf-8")
        return
    path = path.resolve()
    unfinished = _unfinished(path)
    try:
        unfinished.write_text(text, encoding="utf-8")
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def is_unfinished(path: Path) -> bool:
    """Tell whether a file is one that `write_whole` was killed at."""
    name = path.name.removeprefix(".").rpartition(_UNFINISHED)[0]
    return bool(name) and path == _unfinished(path.with_name(name))


def _unfinished(path: Path) -> Path:
    """Return the name of a file until it is whole, always the same and nobody else's."""
    token = hashlib.sha256(f"cogitate {path.name}".encode()).hexdigest()[:12]
    return path.with_name(f".{path.name}{_UNFINISHED}{token}")


def is_ours(path: Path) -> bool:
    """Tell by its contents whether a file is a result that cogitate wrote.

    These are what evaluate and check write with --json, rollouts that evaluate keeps meanwhile,
    and reports.
    """
    if not path.is_file():
        return False
    contents = path.read_bytes()
    if contents.startswith(b"<!doctype html>"):
        return PAGE_MARK.encode() in contents[:1000]
    if contents.startswith(_PART):
        return True
    try:
        values: Any = json.loads(contents)
    except ValueError:
        return False
    if isinstance(values, dict):
        return str(values.get("command")).startswith("cogitate evaluate")
    entries = values if isinstance(values, list) else []
    return bool(entries) and any(
        all(isinstance(entry, dict) and keys <= entry.keys() for entry in entries) for keys in _KEYS
    )


def names_below(folder: Path) -> set[str]:
    """Return the names, relative to a folder, of all below it but folders; no link is followed."""
    return {
        (Path(where) / name).relative_to(folder).as_posix()
        for where, folders, files in os.walk(folder)
        for name in [*files, *(n for n in folders if (Path(where) / n).is_symlink())]
    }


def replace_folder(new: Path, target: Path) -> None:
    """Rename a folder into place; what stands there goes first, where it has no other files.

    Raises:
        FileExistsError: `target` holds a file that `new` has not, or is no folder.
    """
    if os.path.lexists(target):
        if target.is_symlink() or not target.is_dir():
            raise FileExistsError(errno.EEXIST, "in the way; move it away", str(target))
        if others := names_below(target) - names_below(new):
            other = str(target / min(others))
            raise FileExistsError(errno.EEXIST, "in the way, and not ours; move it away", other)
        shutil.rmtree(target)
    new.rename(target)
