"""The one change that is made to a user's project: a target, whole or not at all."""

import difflib
from pathlib import Path

from cogitate.disk import write_whole
from cogitate.errors import UsageError


def present(path: Path) -> str | None:
    """Return a file's text; None if there is no file.

    Raises:
        UsageError: it is no text.
    """
    try:
        return path.read_bytes().decode()
    except FileNotFoundError:
        return None
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8: {error}") from error


def diff(path: Path, old: str | None, new: str) -> list[str]:
    """Return the lines of a unified diff."""
    name = path.name
    lines = difflib.unified_diff(
        (old or "").splitlines(), new.splitlines(), name if old else "/dev/null", name, lineterm=""
    )
    return list(lines)


def apply(path: Path, old: str | None, new: str) -> Path | None:
    """Write a target atomically; return where the old file is kept.

    Raises:
        UsageError: it is no longer as it was read.
    """
    if present(path) != old:
        raise UsageError(f"{path} was changed meanwhile: nothing was written")
    kept = None
    if old is not None:
        kept = _free(path)
        with kept.open("x", encoding="utf-8", newline="") as file:
            file.write(old)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, new)
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
