"""A user's project: where it begins, which interpreter is its own, and copies of it."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from cogitate.errors import UsageError

_MARKS = (
    "pyproject.toml", "setup.cfg", "setup.py", "pytest.ini", ".pytest.ini", "tox.ini", ".git",
)  # fmt: skip
CONFIGURATION = frozenset({*_MARKS, "conftest.py", "sitecustomize.py", "usercustomize.py"})
_LEFT_OUT = frozenset(
    {".git", ".hg", ".svn", ".tox", ".nox", "node_modules", "__pycache__", ".pytest_cache",
     ".mypy_cache", ".ruff_cache", ".hypothesis", ".idea", ".vscode"}
)  # fmt: skip
_SECRET = (
    ".env", ".env.*", "*.env", ".envrc", "*netrc", ".pgpass", ".pypirc", ".npmrc", ".yarnrc*",
    ".my.cnf", ".git-credentials", ".htpasswd", ".ssh", ".gnupg", ".aws", ".azure", ".gcloud",
    ".docker", ".kube", ".git", "id_rsa*", "id_dsa*", "id_ecdsa*", "id_ed25519*", "*.pem", "*.key",
    "*.p12", "*.pfx", "*.jks", "*.keystore", "*.kdbx", "*.ppk", "*.gpg", "*.asc", "*.tfstate*",
    "*.tfvars", "credentials", "credentials.[!p]*", "*credentials.json", "secrets.[!p]*",
    "secret.[!p]*", "*secret*.json", "service[-_]account*.json", "token.json", "*.token",
)  # fmt: skip
"""Names of files and folders that hold keys and passwords."""
MAX_FILES, MAX_BYTES = 20_000, 2**28
_ASK = (
    "import sys, json, importlib.util as u; print(json.dumps({'prefixes': [sys.prefix,"
    " sys.base_prefix, sys.exec_prefix], 'path': sys.path,"
    " 'executable': sys.executable, 'pytest': bool(u.find_spec('pytest'))}))"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A project and its interpreter.

    Example: Project(root=Path("/p"), python="/p/.venv/bin/python", has_pytest=True,
    read=("/p/.venv", "/usr/lib/python3.11"))
    """

    root: Path
    python: str
    has_pytest: bool
    read: tuple[str, ...]
    """Folders outside the copy that the interpreter reads."""
    path: tuple[str, ...] = ()
    """Where the interpreter looks for modules."""


def find_project(tests: Sequence[Path]) -> Project:
    """Return the project of some test files.

    Raises:
        UsageError: its interpreter does not start.
    """
    root = root_of(Path(os.path.commonpath([test.resolve().parent for test in tests])))
    return with_interpreter(root, own_interpreter(root))


def root_of(folder: Path) -> Path:
    """Return the nearest folder from here up that has a mark of a project; else the folder."""
    above = [folder, *folder.parents]
    return next((p for p in above if any((p / mark).exists() for mark in _MARKS)), folder)


def with_interpreter(root: Path, python: str) -> Project:
    """Return a project, with what its interpreter reads.

    Raises:
        UsageError: the interpreter does not start.
    """
    try:
        done = subprocess.run(
            [python, "-c", _ASK],
            cwd="/",
            env={**os.environ, **python_path()},
            capture_output=True,
            check=True,
            timeout=60,
        )
        known: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    except (OSError, subprocess.SubprocessError, ValueError, IndexError) as error:
        raise UsageError(f"the project's interpreter {python} does not start: {error}") from error
    real = (str(Path(name).resolve()) for name in known["prefixes"])  # as scripts name it
    names = dict.fromkeys(
        name for name in (*known["prefixes"], *real, *known["path"]) if name and Path(name).exists()
    )
    read = [name for name in names if name != "/" and not _is_copied(Path(name), root)]
    return Project(
        root=root,
        python=known["executable"] or python,
        has_pytest=known["pytest"],
        read=tuple(_tops(read)),
        path=tuple(name for name in known["path"] if name),
    )


def own_interpreter(root: Path) -> str:
    """Return the interpreter of the project's environment, of the active one, or this one."""
    active = os.environ.get("VIRTUAL_ENV")
    folders = [root / ".venv", root / "venv", *([Path(active)] if active else [])]
    found = (folder / "bin" / "python" for folder in folders)
    return next((str(path) for path in found if path.exists()), sys.executable)


def python_path() -> dict[str, str]:
    """Return the user's PYTHONPATH, without relative names, as part of an environment."""
    names = filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))
    path = os.pathsep.join(map(os.path.abspath, names))
    return {"PYTHONPATH": path} if path else {}


def _tops(names: Sequence[str]) -> Iterator[str]:
    """Leave out what is below another."""
    for name in names:
        if not any(other != name and Path(name).is_relative_to(other) for other in names):
            yield name


def _is_copied(path: Path, root: Path) -> bool:
    if not path.is_relative_to(root):
        return False
    between = [path, *path.parents][: len(path.parts) - len(root.parts)]
    return not any(is_left_out(folder) for folder in between)


def is_left_out(path: Path) -> bool:
    """Return whether a file or folder is an environment, a cache, version control or secret."""
    return path.name in _LEFT_OUT or is_secret(path.name) or (path / "pyvenv.cfg").exists()


def is_secret(name: str) -> bool:
    """Return whether a file or folder of this name holds keys or passwords.

    Example: is_secret(".env.local") -> True, is_secret("server.pem") -> True
    """
    return any(fnmatch(name.lower(), pattern) for pattern in _SECRET)


def copy_project(project: Project, to: Path) -> None:
    """Copy the project's files, without environments, caches, version control and secrets.

    Files that cannot be read are left out, and if all are too many, those that git ignores.

    Raises:
        UsageError: there are too many.
    """
    paths = list(_walk(project.root))
    if _is_too_large(paths):
        ignored = _ignored(project.root)
        paths = [path for path in paths if path not in ignored]
    if _is_too_large(paths):
        raise UsageError(
            f"{project.root} is too large to be copied (more than {MAX_FILES} files or"
            f" {MAX_BYTES >> 20} MiB): put a pyproject.toml into the folder to take, or name what"
            " is not needed in .gitignore"
        )
    to.mkdir()
    for path in paths:
        _copy(path, to / path.relative_to(project.root))
    for name in project.read:  # a place to show it at
        if Path(name).is_relative_to(project.root):
            (to / Path(name).relative_to(project.root)).mkdir(parents=True, exist_ok=True)


def _copy(path: Path, place: Path) -> None:
    if path.is_symlink():
        place.symlink_to(path.readlink())
    elif path.is_dir():
        place.mkdir()
    elif path.is_file() and os.access(path, os.R_OK):
        shutil.copyfile(path, place)
        place.chmod(0o755 if os.access(path, os.X_OK) else 0o644)


def _is_too_large(paths: Sequence[Path]) -> bool:
    files = [path.lstat() for path in paths if path.is_file()]
    return len(files) > MAX_FILES or sum(file.st_size for file in files) > MAX_BYTES


def _ignored(root: Path) -> set[Path]:
    """Return the files that git ignores; none where there is no git."""
    command = ["git", "-c", "core.fsmonitor=false", "ls-files", "-oiz", "--exclude-standard"]
    try:
        done = subprocess.run(command, cwd=root, capture_output=True, check=True, timeout=60)
    except (OSError, subprocess.SubprocessError):
        return set()
    return {root / os.fsdecode(name) for name in done.stdout.split(b"\0")}


def _walk(root: Path) -> Iterator[Path]:
    """Yield folders and files, a folder before what is in it."""
    for where, folders, files in os.walk(root):
        folder = Path(where)
        folders[:] = sorted(name for name in folders if not is_left_out(folder / name))
        yield from (folder / name for name in folders)
        yield from (folder / name for name in files if not is_left_out(folder / name))


def fingerprint(copy: Path, tests: Sequence[str]) -> str:
    """Return a hash of the tests and of all that configures them."""
    digest = hashlib.sha256()
    for path in sorted(copy.rglob("*")):
        name = path.relative_to(copy).as_posix()
        if path.is_file() and (name in tests or path.name in CONFIGURATION):
            digest.update(name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
