"""What of a working tree a command sees: what version control would take, and no secrets.

files(root)  ->  [PurePath("data/prices.csv"), PurePath("shop.py"), ...]
"""

import os
from collections.abc import Iterable
from pathlib import Path, PurePath

from cogitate.sandbox import copies

_MOST_NAME = 255


def files(root: Path, named: Iterable[str] = ()) -> list[PurePath]:
    """Return the files to copy, relative to the root, sorted.

    Args:
        root: of the working tree.
        named: arguments of the command; a file that one of them names is copied though ignored.

    Raises:
        UsageError: they are too many.
    """
    found = set(copies.files(root, ignored=False))
    for name in named:
        path = _real(root / name) if len(name) < _MOST_NAME and "\0" not in name else root
        if path.is_relative_to(root) and path.is_file() and os.access(path, os.R_OK):
            found.add(path.relative_to(root))
    return sorted(path for path in found if is_own(root / path, root))


def _real(path: Path) -> Path:
    """Return a path without links among its folders: such a folder is copied as a link."""
    path = Path(os.path.normpath(path))
    return path.parent.resolve() / path.name


def is_own(path: Path, root: Path) -> bool:
    """Return whether something is no folder, no secret, and no link out of the tree or to one."""
    above = root.resolve()
    real = path.resolve() if path.is_symlink() else above / path.relative_to(root)
    if not real.is_relative_to(above) or (path.is_dir() and not path.is_symlink()):
        return False
    names = (*path.relative_to(root).parts, *real.relative_to(above).parts)
    return not any(map(copies.is_secret, names))
