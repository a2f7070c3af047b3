"""Checkpoints that survive `kill -9` at any moment and are verified when read.

    checkpoints/step-000120/
        manifest.json    step, score, state, and sha256 and size of every other file
        ...              whatever the caller wrote

A checkpoint is written under a temporary name, all its files and folders are fsynced, and one
rename makes it visible. A name `step-*` is therefore never an incomplete checkpoint. Reading
compares sizes and hashes; a corrupt checkpoint is skipped for the one before, and reported.

What may be removed is decided by the manifest, not by the name: a checkpoint that holds any other
file, or that is a link, is kept.
"""

import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import chain, count
from pathlib import Path
from typing import Any

from cogitate.disk import names_below, new_folder, sha256, sync, sync_tree
from cogitate.errors import CheckpointError

MANIFEST = "manifest.json"
_UNFINISHED = ".unfinished-"
_REPLACED = ".replaced-"
_NAME = re.compile(r"step-(\d{6,})(\.\d+)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """One intact checkpoint on disk.

    Example: Checkpoint(path=Path("run/checkpoints/step-000120"), step=120, score=0.81,
    state={"no_signal": 0})
    """

    path: Path
    step: int
    """Updates done when it was written."""
    score: float | None
    """Held-out accuracy at this step; None if it was not measured."""
    state: Mapping[str, Any]
    """The rest of the loop's state, as JSON values."""


def write_checkpoint(
    folder: Path,
    *,
    step: int,
    score: float | None,
    state: Mapping[str, Any],
    save: Callable[[Path], None],
) -> Checkpoint:
    """Write `step` atomically below `folder`; `save` writes the contents into a given folder.

    Older checkpoints are kept; see `retain`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    sweep(folder)
    unfinished = new_folder(folder, f"{_UNFINISHED}{step:06d}-")
    _write_manifest(unfinished, {"step": step})  # marks it as ours, if writing is interrupted
    save(unfinished)
    body = {"step": step, "score": score, "state": dict(state), "files": _inventory(unfinished)}
    _write_manifest(unfinished, body)
    sync_tree(unfinished)
    final, replaced = _place(folder, step)
    is_old = final.exists()  # corrupt, from before the last resume; or after a roll-back
    if is_old:
        final.rename(replaced)
    unfinished.rename(final)
    sync(folder)
    if is_old:
        _clear(replaced)
    return Checkpoint(path=final, step=step, score=score, state=state)


def _place(folder: Path, step: int) -> tuple[Path, Path]:
    """Return the path of a checkpoint, and a path for the one that it replaces meanwhile.

    If the name is taken by something that is not ours, the path has a number added.
    """
    names = (f"{step:06d}{more}" for more in chain([""], map(".{}".format, count(1))))
    places = ((folder / f"step-{name}", folder / f"{_REPLACED}{name}") for name in names)
    return next(
        (final, replaced)
        for final, replaced in places
        if not os.path.lexists(replaced) and (_is_ours(final) or not os.path.lexists(final))
    )


def read_checkpoint(path: Path) -> Checkpoint:
    """Return the checkpoint at `path`, after verifying every file.

    Raises:
        CheckpointError: a file is missing, truncated or changed; the message names it.
    """
    body = _body(path)
    for name, expected in body["files"].items():
        file = path / name
        if not file.is_file():
            raise CheckpointError(f"{path}: {name} is missing")
        if file.stat().st_size != expected["bytes"]:
            raise CheckpointError(
                f"{path}: {name} has {file.stat().st_size} bytes instead of {expected['bytes']}"
            )
        if sha256(file) != expected["sha256"]:
            raise CheckpointError(f"{path}: {name} does not have the contents that were written")
    return Checkpoint(path=path, step=body["step"], score=body["score"], state=body["state"])


def latest_good(folder: Path, say: Callable[[str], None]) -> Checkpoint | None:
    """Return the latest intact checkpoint below `folder`; `say` reports each one skipped.

    Returns None if there is no checkpoint.

    Raises:
        CheckpointError: every checkpoint is corrupt.
    """
    _put_back(folder)
    paths = list_checkpoints(folder)
    for path in reversed(paths):
        try:
            return read_checkpoint(path)
        except CheckpointError as error:
            say(f"checkpoint skipped: {error}")
    if paths:
        raise CheckpointError(
            f"no checkpoint in {folder} is usable; start a new run in another folder"
        )
    return None


def _put_back(folder: Path) -> None:
    """Restore the name of a checkpoint whose replacement was interrupted."""
    for path in folder.glob(f"{_REPLACED}[0-9]*"):
        final = folder / f"step-{path.name.removeprefix(_REPLACED)}"
        if not final.exists() and _is_ours(path):
            path.rename(final)


def before(folder: Path, step: int, say: Callable[[str], None]) -> Checkpoint | None:
    """Return the latest intact checkpoint up to `step`, else the oldest intact one, if any."""
    whole: list[Checkpoint] = []
    for path in list_checkpoints(folder):
        try:
            whole.append(read_checkpoint(path))
        except CheckpointError as error:
            say(f"checkpoint skipped: {error}")
    early = [checkpoint for checkpoint in whole if checkpoint.step <= step]
    return (early[-1:] or whole[:1] or [None])[0]


def remove_after(folder: Path, step: int) -> None:
    """Remove the checkpoints of steps after `step`.

    If one holds other files too, only its manifest is removed: it is then no checkpoint.
    """
    for path in list_checkpoints(folder):
        if _step(path) > step:
            if _is_ours(path):
                _remove(path)
            elif _names(path) and not path.is_symlink():
                (path / MANIFEST).unlink()


def best(folder: Path) -> Path | None:
    """Return the checkpoint with the highest held-out score, the latest among equals."""
    scores = {path: _score(path) for path in list_checkpoints(folder)}
    scored = [(score, path) for path, score in scores.items() if score is not None]
    return max(scored)[1] if scored else None


def list_checkpoints(folder: Path) -> list[Path]:
    """Return the checkpoints below `folder`, oldest first, intact or not."""
    named = (path for path in folder.glob("step-*") if _NAME.fullmatch(path.name))
    return sorted(path for path in named if path.is_dir())


def retain(folder: Path, keep: int = 2, before: int = 0) -> None:
    """Remove all checkpoints but the last `keep`, the best, and one `before` steps ahead of them.

    That is the newest that is as many steps older than the last, or else the oldest: what is found
    to be wrong now may be in the last ones already.
    """
    paths = [path for path in list_checkpoints(folder) if _names(path)]
    early = [path for path in paths if _step(path) <= _step(paths[-1]) - before]
    kept = {*paths[-keep:], *(early[-1:] or paths[:1]), best(folder)}
    for path in paths:
        if path not in kept and _is_ours(path):
            _remove(path)


def sweep(folder: Path) -> None:
    """Remove the remains of an interrupted write or removal."""
    for path in folder.glob(f"{_UNFINISHED}*"):
        if _names(path) and not path.is_symlink():
            _clear(path)
    for path in folder.glob(f"{_REPLACED}*"):
        if _is_ours(path):
            _clear(path)


def _remove(path: Path) -> None:
    doomed = new_folder(path.parent, f"{_REPLACED}{path.name}-")
    path.rename(doomed)  # first, so that an interrupted removal leaves no partial checkpoint
    _clear(doomed)


def _clear(path: Path) -> None:
    """Remove a folder of ours; the manifest, which identifies it, last."""
    for name in names_below(path) - {MANIFEST}:
        (path / name).unlink()
    shutil.rmtree(path)


def _is_ours(path: Path) -> bool:
    """Return whether a folder holds only what its manifest lists."""
    return path.is_dir() and not path.is_symlink() and names_below(path) <= _names(path)


def _names(path: Path) -> set[str]:
    """Return the files that a manifest lists, and its own name; none if it is not intact."""
    try:
        return {*_body(path).get("files", ()), MANIFEST}
    except CheckpointError:
        return set()


def require_space(folder: Path, num_bytes: int, what: str) -> None:
    """Raise `CheckpointError` unless the disk under `folder` has room for `num_bytes`."""
    free = shutil.disk_usage(folder).free
    if free < num_bytes:
        raise CheckpointError(
            f"no disk space for {what}: {num_bytes / 1e9:.2f} GB are needed in {folder} and"
            f" {free / 1e9:.2f} GB are free; make room or choose another folder with --out"
        )


def _step(path: Path) -> int:
    """Return the step in a checkpoint's name."""
    named = _NAME.fullmatch(path.name)
    return int(named[1]) if named else -1


def _score(path: Path) -> float | None:
    """Return the score in a manifest; None if it is not readable."""
    try:
        return _body(path)["score"]
    except CheckpointError:
        return None


def _body(path: Path) -> dict[str, Any]:
    """Return the contents of a manifest.

    Raises:
        CheckpointError: it is missing or was changed.
    """
    try:
        manifest = json.loads((path / MANIFEST).read_text(encoding="utf-8"))
        body = manifest["body"]
        whole = manifest["sha256"] == _digest_json(body)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CheckpointError(f"{path}: its {MANIFEST} is missing or unreadable") from error
    if not whole:
        raise CheckpointError(f"{path}: its {MANIFEST} was changed after it was written")
    return body


def _write_manifest(folder: Path, body: dict[str, Any]) -> None:
    manifest = {"sha256": _digest_json(body), "body": body}
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1), encoding="utf-8")


def _inventory(folder: Path) -> dict[str, dict[str, Any]]:
    return {
        name: {"sha256": sha256(folder / name), "bytes": (folder / name).stat().st_size}
        for name in sorted(names_below(folder) - {MANIFEST})
    }


def _digest_json(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
