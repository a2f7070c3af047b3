"""Copies of a user's files: which of them are copied, and how.

    files(root, ignored=False)  ->  [PurePath("data"), PurePath("shop.py"), ...]
    copy(root, names, to)

Environments, caches, version control and secrets never are. Without `ignored`, these are the files
that git tracks or does not ignore; elsewhere, and with it, all.
"""

import itertools
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from fnmatch import translate
from pathlib import Path, PurePath

from cogitate.errors import UsageError
from cogitate.notices import say

_LEFT_OUT = frozenset(
    {".git", ".hg", ".svn", ".tox", ".nox", "node_modules", "__pycache__", ".pytest_cache",
     ".mypy_cache", ".ruff_cache", ".hypothesis", ".idea", ".vscode"}
)  # fmt: skip
_SECRET = (
    ".env*", "*.env", "*netrc", ".pgpass", ".pypirc", ".npmrc", ".yarnrc*",
    ".my.cnf", ".git-credentials", ".htpasswd", ".ssh", ".gnupg", ".aws", ".azure", ".gcloud",
    ".docker", ".kube", ".git", "id_rsa*", "id_dsa*", "id_ecdsa*", "id_ed25519*", "*.pem", "*.key",
    "*.p12", "*.pfx", "*.jks", "*.keystore", "*.kdbx", "*.ppk", "*.gpg", "*.asc", "*.tfstate*",
    "*.tfvars", "credentials", "credentials.[!p]*", "*credentials.json", "secrets.[!p]*",
    "secret.[!p]*", "*secret*.json", "service[-_]account*.json", "token.json", "*.token",
)  # fmt: skip
"""Names of files and folders that hold keys and passwords."""
_SECRETS = re.compile("|".join(map(translate, _SECRET)))
MAX_FILES, MAX_BYTES = 20_000, 2**28


def is_left_out(path: Path) -> bool:
    """Return whether a file or folder is an environment, a cache, version control or secret."""
    return path.name in _LEFT_OUT or is_secret(path.name) or (path / "pyvenv.cfg").exists()


def is_secret(name: str) -> bool:
    """Return whether a file or folder of this name holds keys or passwords.

    Example: is_secret(".env.local") -> True, is_secret("server.pem") -> True
    """
    return _SECRETS.match(name.lower()) is not None


def files(root: Path, *, ignored: bool) -> list[PurePath]:
    """Return the files, links and folders to copy, relative to the root, a folder before its files.

    Args:
        root: of the project.
        ignored: whether to take what git ignores, if all are not too many.

    Raises:
        UsageError: they are too many.
    """
    if ignored:
        every = _walked_in(root)
        if not _are_too_many(root, every):
            return every
    found = listed(root)
    if _are_too_many(root, found):
        raise UsageError(
            f"{root} is too large to be copied (more than {MAX_FILES} files or"
            f" {MAX_BYTES >> 20} MiB): put a pyproject.toml into the folder to take, or name in"
            " .gitignore what is not needed"
        )
    return found


def listed(root: Path) -> list[PurePath]:
    """Return what git tracks or does not ignore, or all that there is, up to twice `MAX_FILES`."""
    known = _by_git(root)
    found = _walked_in(root) if known is None else [n for n in known if _is_shown(root, n)]
    return sorted(set(found))


def copy(root: Path, names: Sequence[PurePath], to: Path) -> None:
    """Copy files, links and folders to a new folder; links are not followed."""
    to.mkdir()
    for name in names:
        source, place = root / name, to / name
        place.parent.mkdir(parents=True, exist_ok=True)
        if source.is_symlink():
            place.symlink_to(source.readlink())
        elif source.is_dir():
            place.mkdir(exist_ok=True)
        else:
            shutil.copyfile(source, place)
            place.chmod(0o755 if os.access(source, os.X_OK) else 0o644)


def put(path: Path, text: str | None) -> None:
    """Write a file in a copy of hard links, and not through one; it keeps its mode.

    Args:
        path: the file, which may be new.
        text: what it is to have; with None it is removed.
    """
    mode = path.stat().st_mode if path.exists() else 0o644
    path.unlink(missing_ok=True)
    if text is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", errors="replace", newline="")
        path.chmod(mode)


def _are_too_many(root: Path, names: Sequence[PurePath]) -> bool:
    sizes = [(root / name).lstat().st_size for name in names if (root / name).is_file()]
    return len(names) > 2 * MAX_FILES or len(sizes) > MAX_FILES or sum(sizes) > MAX_BYTES


def _by_git(root: Path) -> list[PurePath] | None:
    """Return what git tracks or does not ignore; None if there is no repository, or no git."""
    settings = ["-c", "core.fsmonitor=false", "-c", "safe.directory=*"]
    command = ["git", *settings, "ls-files", "-coz", "--exclude-standard"]
    try:
        done = subprocess.run(command, cwd=root, capture_output=True, check=True, timeout=60)
    except (OSError, subprocess.SubprocessError) as error:
        if any((folder / ".git").exists() for folder in (root, *root.parents)):
            said = getattr(error, "stderr", None) or str(error).encode()
            say(f"git cannot be asked, so that .gitignore counts for nothing: {_last_line(said)}")
        return None
    found: list[PurePath] = []
    for name in map(os.fsdecode, filter(None, done.stdout.split(b"\0"))):
        path = root / name
        is_repository = path.is_dir() and not path.is_symlink()
        found += walked(path, root) if is_repository else [PurePath(name)]
    return found


def _last_line(said: bytes) -> str:
    return (os.fsdecode(said).strip().splitlines() or [""])[-1]


def _walked_in(root: Path) -> list[PurePath]:
    """Return what is in a tree, or of a larger one enough to see that it is too large."""
    return list(itertools.islice(walked(root, root), 2 * MAX_FILES + 1))


def walked(folder: Path, root: Path) -> Iterator[PurePath]:
    """Yield folders, files and links to copy, relative to the root, a folder before its files."""
    for where, folders, names in os.walk(folder):
        here = Path(where)
        folders[:] = sorted(name for name in folders if not is_left_out(here / name))
        for name in [*folders, *sorted(names)]:
            place = (here / name).relative_to(root)
            if _is_shown(root, place):
                yield place


def _is_shown(root: Path, name: PurePath) -> bool:
    """Return whether there is something that can be copied and is no secret."""
    path = root / name
    is_some = path.is_symlink() or path.is_dir() or (path.is_file() and os.access(path, os.R_OK))
    return is_some and not any(map(is_secret, name.parts))
