"""Trees of somebody else's files, with contents that look like ours without being so."""

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from hypothesis import strategies as st

CONTENTS = [
    "mine\n",
    "{}",
    "[]",
    "[{}]",
    "17",
    '{"step": 99, "loss": 0.1}\n{"step": 100, "loss": 0.1}\n',
    '{"model_type": "llama"}',
    '{"config": {}, "resolved": {}}',
    '{"families": {}, "conditions": {}, "command": "other evaluate"}',
    '{"format": 1, "values": {}}',
    '{"sha256": "0", "body": {"step": 2, "score": 1.0, "state": {}, "files": {}}}',
    '<!doctype html><meta name="generator" content="other">',
    "\x00\xff",
]
KINDS = ["file", "read-only", "link", "link to a folder", "hard link", "dangling link"]


@dataclass(frozen=True)
class Mine:
    """A file of the user's."""

    name: str
    contents: str = "mine\n"
    kind: str = "file"


def trees(names: list[str]) -> st.SearchStrategy[list[Mine]]:
    files = st.builds(
        Mine,
        name=st.sampled_from(names),
        contents=st.sampled_from(CONTENTS),
        kind=st.sampled_from(["file", "file", *KINDS]),
    )
    return st.lists(files, min_size=1, max_size=5)


def put(root: Path, files: list[Mine], elsewhere: Path) -> None:
    """Write a user's files, where nothing stands yet; what is linked to lies elsewhere."""
    elsewhere.mkdir(exist_ok=True)
    for number, file in enumerate(files):
        path, other = root / file.name, elsewhere / str(number)
        with suppress(FileExistsError, NotADirectoryError):
            path.parent.mkdir(parents=True, exist_ok=True)
            if not os.path.lexists(path):
                _put(path, other, file)


def _put(path: Path, other: Path, file: Mine) -> None:
    match file.kind:
        case "link":
            other.write_text(file.contents)
            path.symlink_to(other)
        case "hard link":
            other.write_text(file.contents)
            path.hardlink_to(other)
        case "link to a folder":
            other.mkdir()
            for name in ("config.json", "manifest.json", "notes.txt", "table.json"):
                (other / name).write_text(file.contents)
            path.symlink_to(other, target_is_directory=True)
        case "dangling link":
            path.symlink_to(other / "nowhere")
        case _:
            path.write_text(file.contents)
            path.chmod(0o444 if file.kind == "read-only" else 0o640)


def seen(*roots: Path) -> dict[Path, tuple[object, ...]]:
    """Return all that can be seen of every file below some folders."""
    found: dict[Path, tuple[object, ...]] = {}
    for root in roots:
        for path in sorted(root.rglob("*")):
            status = path.lstat()
            if path.is_symlink():
                found[path] = (status.st_mode, status.st_mtime_ns, str(path.readlink()))
            elif path.is_file():
                found[path] = (status.st_mode, status.st_mtime_ns, path.read_bytes())
    return found


def unchanged(before: Mapping[Path, object], *roots: Path) -> None:
    after = seen(*roots)
    for path, what in before.items():
        assert path in after, f"{path} is gone"
        assert after[path] == what, f"{path} was changed"
