"""The one change that is made to a user's project: a target, whole or not at all."""

import difflib
import os
import shutil
from codecs import BOM_UTF8
from pathlib import Path

from cogitate.coding.candidates import with_newlines_of
from cogitate.disk import write_whole
from cogitate.errors import UsageError


def present(path: Path) -> str | None:
    """Return a file's text, without a byte order mark; None if there is no file.

    Raises:
        UsageError: it is no text.
    """
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        return None
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8: {error}") from error


def need_writable(path: Path) -> None:
    """Refuse a target that could not be written in the end.

    Raises:
        UsageError: its folder, or the file, is read-only.
    """
    folder = next(folder for folder in path.parents if folder.exists())
    for place in (folder, path):
        if place.exists() and not os.access(place, os.W_OK):
            raise UsageError(f"{place} cannot be written: it is read-only")


def diff(path: Path, old: str | None, new: str) -> list[str]:
    """Return the lines of a unified diff."""
    name = path.name
    lines = difflib.unified_diff(
        (old or "").splitlines(), new.splitlines(), name if old else "/dev/null", name, lineterm=""
    )
    return list(lines)


def apply(path: Path, old: str | None, new: str) -> Path | None:
    """Write a target atomically; return where the old file is kept.

    The file keeps its mode, its byte order mark and its newlines.

    Raises:
        UsageError: it is no longer as it was read, or cannot be written.
    """
    if present(path) != old:
        raise UsageError(f"{path} was changed meanwhile: nothing was written")
    need_writable(path)
    kept, mark = None, ""
    if old is not None:
        data = path.read_bytes()
        kept, mark = _keep(path, data), "\ufeff" if data.startswith(BOM_UTF8) else ""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, mark + with_newlines_of(old or "", new))
    return kept


def _keep(path: Path, data: bytes) -> Path:
    """Write what a file has to a new one beside it, which nobody else may read meanwhile."""
    kept = _free(path)
    with os.fdopen(os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
    shutil.copymode(path, kept)
    return kept


def _free(path: Path) -> Path:
    """Return a name beside a file that nothing has.

    Example: shop.py.orig, or shop.py.orig2 if that exists
    """
    number = 1
    while True:
        name = path.with_name(f"{path.name}.orig{number if number > 1 else ''}")
        if not name.exists() and not name.is_symlink():
            return name
        number += 1
