"""A user's project: where it begins, which interpreter is its own, and copies of it."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cogitate.errors import UsageError

_MARKS = (
    "pyproject.toml", "setup.cfg", "setup.py", "pytest.ini", ".pytest.ini", "tox.ini", ".git",
)  # fmt: skip
_CONFIGURATION = frozenset({*_MARKS, "conftest.py", "sitecustomize.py", "usercustomize.py"})
_LEFT_OUT = frozenset(
    {".git", ".hg", ".svn", ".tox", ".nox", "node_modules", "__pycache__", ".pytest_cache",
     ".mypy_cache", ".ruff_cache", ".hypothesis", ".idea", ".vscode", ".env", ".envrc", ".netrc"}
)  # fmt: skip
_MAX_FILES, _MAX_BYTES = 20_000, 2**28
_ASK = (
    "import sys, json, importlib.util as u; print(json.dumps({'prefixes': [sys.prefix,"
    " sys.base_prefix, sys.exec_prefix], 'path': sys.path, 'pytest': bool(u.find_spec('pytest'))}))"
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
    folder = Path(os.path.commonpath([test.resolve().parent for test in tests]))
    above = [folder, *folder.parents]
    root = next((p for p in above if any((p / mark).exists() for mark in _MARKS)), folder)
    python = _interpreter(root)
    try:
        done = subprocess.run(
            [python, "-c", _ASK], cwd="/", capture_output=True, check=True, timeout=60
        )
        known: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    except (OSError, subprocess.SubprocessError, ValueError, IndexError) as error:
        raise UsageError(f"the project's interpreter {python} does not start: {error}") from error
    names = dict.fromkeys(
        name for name in (*known["prefixes"], *known["path"]) if name and Path(name).exists()
    )
    read = [name for name in names if name != "/" and not _is_copied(Path(name), root)]
    return Project(
        root=root,
        python=python,
        has_pytest=known["pytest"],
        read=tuple(_tops(read)),
        path=tuple(name for name in known["path"] if name),
    )


def _interpreter(root: Path) -> str:
    active = os.environ.get("VIRTUAL_ENV")
    folders = [root / ".venv", root / "venv", *([Path(active)] if active else [])]
    found = (folder / "bin" / "python" for folder in folders)
    return next((str(path) for path in found if path.exists()), sys.executable)


def _tops(names: Sequence[str]) -> Iterator[str]:
    """Leave out what is below another."""
    for name in names:
        if not any(other != name and Path(name).is_relative_to(other) for other in names):
            yield name


def _is_copied(path: Path, root: Path) -> bool:
    if not path.is_relative_to(root):
        return False
    between = [path, *path.parents][: len(path.parts) - len(root.parts)]
    return not any(_is_left_out(folder) for folder in between)


def _is_left_out(path: Path) -> bool:
    return path.name in _LEFT_OUT or (path / "pyvenv.cfg").exists()


def copy_project(project: Project, to: Path) -> None:
    """Copy the project's files, without environments, caches and version control.

    Raises:
        UsageError: there are too many.
    """
    num_files = num_bytes = 0
    for folder, names in _walk(project.root):
        place = to / folder.relative_to(project.root)
        place.mkdir(parents=True, exist_ok=True)
        for name in names:
            file = folder / name
            if file.is_symlink() or not file.is_file():
                if file.is_symlink():
                    (place / name).symlink_to(file.readlink())
                continue
            num_files, num_bytes = num_files + 1, num_bytes + file.stat().st_size
            if num_files > _MAX_FILES or num_bytes > _MAX_BYTES:
                raise UsageError(
                    f"{project.root} is too large to be copied (more than {_MAX_FILES} files or"
                    f" {_MAX_BYTES >> 20} MiB): put a pyproject.toml into the folder to take"
                )
            shutil.copyfile(file, place / name)
            (place / name).chmod(0o755 if os.access(file, os.X_OK) else 0o644)
    for name in project.read:  # a place to show it at
        if Path(name).is_relative_to(project.root):
            (to / Path(name).relative_to(project.root)).mkdir(parents=True, exist_ok=True)


def _walk(root: Path) -> Iterator[tuple[Path, list[str]]]:
    for where, folders, files in os.walk(root):
        folder = Path(where)
        folders[:] = sorted(name for name in folders if not _is_left_out(folder / name))
        links = [name for name in folders if (folder / name).is_symlink()]
        yield folder, [*(name for name in files if name not in _LEFT_OUT), *links]


def fingerprint(copy: Path, tests: Sequence[str]) -> str:
    """Return a hash of the tests and of all that configures them."""
    digest = hashlib.sha256()
    for path in sorted(copy.rglob("*")):
        name = path.relative_to(copy).as_posix()
        if path.is_file() and (name in tests or path.name in _CONFIGURATION):
            digest.update(name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
