"""What of a working tree is copied: what version control would take, and no secrets.

    files(root)  ->  [PurePath("shop.py"), PurePath("data/prices.csv"), ...]

In a git repository these are the files that are tracked or not ignored; elsewhere all but caches,
environments and version control.
"""

import itertools
import os
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path, PurePath

from cogitate.errors import UsageError
from cogitate.sandbox.suites.project import MAX_BYTES, MAX_FILES, is_left_out, is_secret

_MOST_NAME = 255
_MOST = MAX_FILES + 1
"""From this number of files on a tree is too large."""


def _is_secret(path: PurePath) -> bool:
    return any(map(is_secret, path.parts))


def files(root: Path, named: Iterable[str] = ()) -> list[PurePath]:
    """Return the files to copy, relative to the root, sorted.

    Args:
        root: of the working tree.
        named: arguments of the command; a file that one of them names is copied though ignored.

    Raises:
        UsageError: they are too many.
    """
    listed = _by_git(root)
    found = set(listed if listed is not None else itertools.islice(_walked(root, root), _MOST))
    if len(found) >= _MOST:
        raise _too_large(root)
    for name in named:
        path = _real(root / name) if len(name) < _MOST_NAME and "\0" not in name else root
        if path.is_relative_to(root) and path.is_file():
            found.add(path.relative_to(root))
    return sorted(path for path in found if not _is_secret(path) and _is_own(root / path, root))


def _real(path: Path) -> Path:
    """Return a path without links among its folders: such a folder is copied as a link."""
    path = Path(os.path.normpath(path))
    return path.parent.resolve() / path.name


def _is_own(path: Path, root: Path) -> bool:
    """Return whether a file can be read, and is no link out of the tree or to a secret."""
    if path.is_symlink():
        real, above = path.resolve(), root.resolve()
        return real.is_relative_to(above) and not _is_secret(real.relative_to(above))
    return os.access(path, os.R_OK)


def _by_git(root: Path) -> list[PurePath] | None:
    """Return what git tracks or does not ignore; None if there is no repository."""
    command = ["git", "-c", "core.fsmonitor=false", "ls-files", "-coz", "--exclude-standard"]
    try:
        done = subprocess.run(command, cwd=root, capture_output=True, check=True, timeout=60)
    except (OSError, subprocess.SubprocessError):
        return None
    found: list[PurePath] = []
    for name in map(os.fsdecode, filter(None, done.stdout.split(b"\0"))):
        path = root / name
        if path.is_symlink() or path.is_file():
            found.append(PurePath(name))
        elif path.is_dir():  # a repository in the repository
            found += _walked(path, root)
    return found


def _walked(folder: Path, root: Path) -> Iterator[PurePath]:
    for where, folders, names in os.walk(folder):
        here = Path(where)
        folders[:] = [name for name in folders if not is_left_out(here / name)]
        for name in [*names, *(name for name in folders if (here / name).is_symlink())]:
            if (here / name).is_symlink() or (here / name).is_file():
                yield (here / name).relative_to(root)


def copy(root: Path, names: Sequence[PurePath], to: Path) -> None:
    """Copy files and links; links are not followed.

    Raises:
        UsageError: they are too large.
    """
    num_bytes = 0
    for name in names:
        source, place = root / name, to / name
        num_bytes += source.lstat().st_size
        if num_bytes > MAX_BYTES:
            raise _too_large(root)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, place, follow_symlinks=False)
        if not source.is_symlink():
            place.chmod(0o755 if os.access(source, os.X_OK) else 0o644)


def _too_large(root: Path) -> UsageError:
    return UsageError(
        f"{root} is too large to be copied (more than {MAX_FILES} files or {MAX_BYTES >> 20} MiB):"
        " name in .gitignore what the command does not need"
    )
