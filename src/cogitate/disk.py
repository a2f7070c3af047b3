"""Files and folders: atomic writing, syncing, and recognition of cogitate's own files."""

import errno
import hashlib
import json
import os
import secrets
import shutil
import stat
from contextlib import suppress
from pathlib import Path
from typing import Any

PAGE_MARK = '<meta name="generator" content="cogitate report">'
"""Marks every HTML page that cogitate writes."""

_KEYS = {
    "check": frozenset({"what", "family", "ok", "shown", "advice"}),  # a finding
    "report": frozenset({"recipe", "commands", "phases", "held_out"}),  # a run
}
"""Verb -> keys that identify the entries of the JSON list that it writes."""
_LFS = b"version https://git-lfs."
_UNFINISHED = ".unfinished-"
_PART = b'{"asked": "'
"""The beginning of a file of cached rollouts."""


def given(name: str | Path) -> Path:
    """Return the path of a user's argument: unchanged if it exists, else with ~ expanded."""
    return Path(name) if os.path.lexists(name) else Path(os.path.expanduser(name))  # noqa: PTH111


def spelled(path: Path) -> str:
    """Return a path in a form that is not mistaken for a name: mini becomes ./mini."""
    text = str(path)
    return text if os.sep in text else f".{os.sep}{text}"


def encodable(text: str) -> str:
    """Return text in which halves of characters (lone surrogates) are "?".

    JSON may contain them, and a terminal or a file that is not in UTF-8 may pass them on.
    """
    return text.encode(errors="replace").decode()


def sha256(path: Path) -> str:
    """Return the hex digest of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def pointer(path: Path) -> str:
    """Return an addition to the error on a file that does not parse, if it is of Git LFS.

    Example: pointer(Path("tokenizer.json")) -> "" or "; it is a Git LFS pointer: ..."
    """
    try:
        with path.open("rb") as file:
            is_pointer = file.read(len(_LFS)) == _LFS
    except (OSError, ValueError):  # ValueError: not a valid file name
        return ""
    return "; it is a Git LFS pointer: run git lfs pull for the file itself" if is_pointer else ""


def sync(path: Path) -> None:
    """Flush a file, or a folder's entries, to the disk (fsync)."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_tree(folder: Path) -> None:
    """Flush everything below a folder to the disk, then the folder."""
    for path in [*sorted(folder.rglob("*")), folder]:
        sync(path)


def new_folder(parent: Path, prefix: str) -> Path:
    """Create a folder with a unique name and return it."""
    folder = parent / f"{prefix}{secrets.token_hex(4)}"
    folder.mkdir()
    return folder


def write_whole(path: Path, text: str) -> None:
    """Write a file atomically; a device or a pipe directly.

    A link is kept: its target is written. A file that is replaced keeps its mode.
    """
    if path.exists() and not path.is_file():
        path.write_text(text, encoding="utf-8")
        return
    path = path.resolve()
    unfinished = _unfinished(path)
    try:
        unfinished.write_text(text, encoding="utf-8")
        if path.exists():
            shutil.copymode(path, unfinished)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def append_line(path: Path, line: str) -> None:
    """Add a line to a text file, which may be new, or end within a line."""
    with path.open("ab+") as file:
        file.seek(max(0, file.tell() - 1))
        begin = "" if file.read(1) in (b"", b"\n") else "\n"
        file.write(f"{begin}{line}\n".encode())


def is_unfinished(path: Path) -> bool:
    """Return whether a file is left from an interrupted `write_whole`."""
    name = path.name.removeprefix(".").rpartition(_UNFINISHED)[0]
    return bool(name) and path == _unfinished(path.with_name(name))


def _unfinished(path: Path) -> Path:
    """Return the temporary name of a file, which is deterministic and unique to cogitate."""
    token = hashlib.sha256(f"cogitate {path.name}".encode()).hexdigest()[:12]
    return path.with_name(f".{path.name}{_UNFINISHED}{token}")


def is_ours(path: Path) -> bool:
    """Return whether a file is a result of cogitate, by its contents."""
    return result_kind(path) is not None


def result_kind(path: Path) -> str | None:
    """Return which result of cogitate a file is, by its contents; None if it is none.

    A JSON file is of the verb that wrote it: "evaluate", "compare", "check" or "report". Cached
    rollouts are a "part", and reports and comparisons in HTML a "page".
    """
    if not path.is_file():
        return None
    contents = path.read_bytes()
    if contents.startswith(b"<!doctype html>"):
        return "page" if PAGE_MARK.encode() in contents[:1000] else None
    if contents.startswith(_PART):
        return "part"
    try:
        return _verb_of(json.loads(contents))
    except ValueError:
        return None


def _verb_of(values: Any) -> str | None:
    """Return the verb that wrote these JSON values; None if it was none of ours."""
    if isinstance(values, dict):
        command = str(values.get("command"))
        verbs = ("evaluate", "compare")
        return next((verb for verb in verbs if command.startswith(f"cogitate {verb}")), None)
    entries = values if isinstance(values, list) else []
    for verb, keys in _KEYS.items():
        if entries and all(isinstance(one, dict) and keys <= one.keys() for one in entries):
            return verb
    return None


def names_below(folder: Path) -> set[str]:
    """Return the names, relative to a folder, of all files below it; links are not followed."""
    return {
        (Path(where) / name).relative_to(folder).as_posix()
        for where, folders, files in os.walk(folder)
        for name in [*files, *(n for n in folders if (Path(where) / n).is_symlink())]
    }


def folder_bytes(folder: Path) -> int:
    """Return the total size in bytes of the files below a folder; links count nothing."""
    num_bytes = 0
    for name in names_below(folder):
        with suppress(FileNotFoundError):  # another process may remove it meanwhile
            status = (folder / name).lstat()
            num_bytes += status.st_size if stat.S_ISREG(status.st_mode) else 0
    return num_bytes


def replace_folder(new: Path, target: Path) -> None:
    """Rename a folder to `target`, which is removed first if it has no other files.

    Raises:
        FileExistsError: `target` holds a file that `new` does not, or is not a folder.
    """
    if os.path.lexists(target):
        if target.is_symlink() or not target.is_dir():
            raise FileExistsError(errno.EEXIST, "in the way; move it away", str(target))
        if others := names_below(target) - names_below(new):
            other = str(target / min(others))
            raise FileExistsError(errno.EEXIST, "in the way, and not ours; move it away", other)
        shutil.rmtree(target)
    new.rename(target)
