"""A user's project: where it begins, which interpreter is its own, and copies of it."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cogitate.errors import UsageError
from cogitate.sandbox.copies import MAX_FILES, copy, files, is_left_out, is_secret

_MARKS = (
    "pyproject.toml", "setup.cfg", "setup.py", "pytest.ini", ".pytest.ini", "tox.ini", ".git",
)  # fmt: skip
CONFIGURATION = frozenset({*_MARKS, "conftest.py", "sitecustomize.py", "usercustomize.py"})
_INSTALLED = frozenset({"site-packages", "dist-packages"})
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
    listed: tuple[str, ...] = ()
    """Of these, folders of other projects: their names are read, and of their files those of
    `read`."""


def find_project(tests: Sequence[Path], python: str | None = None) -> Project:
    """Return the project of some test files, with its own interpreter or a given one.

    Raises:
        UsageError: its interpreter does not start.
    """
    if python and os.sep in python:  # links stay: an environment's python is one
        python = str(Path(os.path.expanduser(python)).absolute())  # noqa: PTH111
    root = root_of(Path(os.path.commonpath([test.resolve().parent for test in tests])))
    return with_interpreter(root, python or own_interpreter(root))


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
    own = [*known["prefixes"], *(str(Path(name).resolve()) for name in known["prefixes"])]
    home = Path(os.path.expanduser("~"))  # noqa: PTH111 - it may be unknown
    read = [
        Path(name)
        for name in dict.fromkeys([*own, *known["path"]])
        if name
        and Path(name).exists()
        and not home.is_relative_to(name)
        and not _is_copied(Path(name), root)
    ]
    others = _tops([path for path in read if path.is_dir() and not _is_installed(path, own)])
    whole = _tops([path for path in read if path.is_file() or _is_installed(path, own)])
    parts = [part for folder in others for part in _without_secrets(folder)]
    shown = [*whole, *(part for part in parts if not part.is_relative_to(root))]
    return Project(
        root=root,
        python=known["executable"] or python,
        has_pytest=known["pytest"],
        read=tuple(map(str, shown)),
        path=tuple(name for name in known["path"] if name),
        listed=tuple(map(str, others)),
    )


def own_interpreter(root: Path) -> str:
    """Return the interpreter of the project's environment, of the active one, or this one."""
    active = filter(None, map(os.environ.get, ("VIRTUAL_ENV", "CONDA_PREFIX")))
    folders = [root / ".venv", root / "venv", *map(Path, active)]
    found = (folder / "bin" / "python" for folder in folders)
    return next((str(path) for path in found if path.exists()), sys.executable)


def python_path() -> dict[str, str]:
    """Return the user's PYTHONPATH, without relative names, as part of an environment."""
    names = filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))
    path = os.pathsep.join(map(os.path.abspath, names))
    return {"PYTHONPATH": path} if path else {}


def _tops(paths: Sequence[Path]) -> list[Path]:
    """Leave out what is below another."""
    return [
        path
        for path in paths
        if not any(other != path and path.is_relative_to(other) for other in paths)
    ]


def _is_installed(path: Path, prefixes: Sequence[str]) -> bool:
    """Return whether a path is an interpreter's own, or one of installed packages."""
    return not _INSTALLED.isdisjoint(path.parts) or any(map(path.is_relative_to, prefixes))


def _without_secrets(folder: Path) -> list[Path]:
    """Return a folder in which modules are found; if secrets are below it, all else but links.

    It may be the folder of another project, as of an editable install. Of a large one, what is
    deeper than was looked for secrets is not shown.
    """
    folders, hidden, num_seen = [folder], set[Path](), 0
    for where in folders:  # which grows
        for part in _parts(where):
            num_seen += 1
            is_folder = part.is_dir() and not part.is_symlink()
            if is_secret(part.name) or (is_folder and num_seen > MAX_FILES):
                hidden.add(part)
            elif is_folder and not is_left_out(part):
                folders.append(part)
    split = {above for part in hidden for above in part.parents}
    if folder not in split:
        return [folder]
    parts = [part for where in folders if where in split for part in _parts(where)]
    gone = split | hidden
    return [p for p in parts if p not in gone and not p.is_symlink() and not is_left_out(p)]


def _parts(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def _is_copied(path: Path, root: Path) -> bool:
    if not path.is_relative_to(root):
        return False
    between = [path, *path.parents][: len(path.parts) - len(root.parts)]
    return not any(is_left_out(folder) for folder in between)


def copy_project(project: Project, to: Path) -> None:
    """Copy the project's files, those that git ignores too if they are not too many.

    Raises:
        UsageError: there are too many.
    """
    copy(project.root, files(project.root, ignored=True), to)
    for name in project.read:  # a place to show it at
        if Path(name).is_relative_to(project.root):
            (to / Path(name).relative_to(project.root)).mkdir(parents=True, exist_ok=True)


def fingerprint(copy: Path, tests: Sequence[str]) -> str:
    """Return a hash of the tests and of all that configures them."""
    digest = hashlib.sha256()
    for path in sorted(copy.rglob("*")):
        name = path.relative_to(copy).as_posix()
        if path.is_file() and (name in tests or path.name in CONFIGURATION):
            digest.update(name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
