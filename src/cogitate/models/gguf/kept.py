"""Packed matrices in cogitate's cache folder: one file for each GGUF file, its source.

Such a file names its source. It is valid as long as the source has the path, size and time from
which the file's own name is made.
"""

import hashlib
import json
from pathlib import Path
from typing import NamedTuple

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from cogitate.errors import ModelError
from cogitate.measured import cache_folder
from cogitate.models.store import appearing_file
from cogitate.notices import say

_VERSION = 4
"""Of the layout in quantized.h, and of these files."""
_DIGESTS, _SOURCE = "digests", "source"
"""Keys of their metadata."""


class Packed(NamedTuple):
    """The quantized matrices of a source, by name."""

    tensors: dict[str, Tensor]
    """In the kernels' layout; without an embedding that is only looked up."""
    digests: dict[str, str]
    """Of all; kept since computing them takes a second for each GB."""


def read(source: Path, names: list[str]) -> Packed | None:
    """Return matrices of a GGUF file, mapped into memory; None if they are not here."""
    kept = _place(source)
    if not kept.is_file():
        return None
    try:
        with safe_open(kept, "pt") as file:
            digests = json.loads(file.metadata()[_DIGESTS])
            return Packed({name: file.get_tensor(name) for name in names}, digests)
    except (OSError, KeyError, TypeError, ValueError, SafetensorError):
        return None  # damaged: it is written again


def write(source: Path, packed: Packed) -> bool:
    """Keep matrices of a GGUF file, in place of those that are not valid any more.

    Return whether that succeeded: it is for speed alone.
    """
    kept = _place(source)
    metadata = {_DIGESTS: json.dumps(packed.digests), _SOURCE: str(source.resolve())}
    try:
        for path, its_source in files().items():
            if not _is_valid(path, its_source):
                path.unlink(missing_ok=True)
        kept.unlink(missing_ok=True)
        with appearing_file(kept) as unfinished:
            save_file(packed.tensors, unfinished, metadata)
    except (OSError, ModelError, SafetensorError) as error:
        say(f"the packed model is not kept, and will be packed again at the next load: {error}")
        return False
    return True


def files() -> dict[Path, Path]:
    """Return the files that cogitate has written, with their sources."""
    found = dict[Path, Path]()
    for path in sorted(cache_folder().glob("packed-*.safetensors")):
        try:
            with safe_open(path, "pt") as file:
                metadata = file.metadata() or {}
        except (OSError, SafetensorError):  # not ours, or removed meanwhile
            continue
        if _DIGESTS in metadata:
            found[path] = Path(metadata.get(_SOURCE, ""))  # which older versions did not write
    return found


def remove(folder: Path) -> int:
    """Remove the files whose sources are in a folder; return their total size in bytes."""
    own = [path for path, source in files().items() if folder.resolve() in source.parents]
    num_bytes = sum(path.stat().st_size for path in own)
    for path in own:
        path.unlink(missing_ok=True)
    return num_bytes


def _place(source: Path) -> Path:
    stat = source.stat()
    key = f"{_VERSION}\0{source.resolve()}\0{stat.st_size}\0{stat.st_mtime_ns}"
    return cache_folder() / f"packed-{hashlib.sha256(key.encode()).hexdigest()[:16]}.safetensors"


def _is_valid(path: Path, source: Path) -> bool:
    try:
        return _place(source) == path
    except OSError:  # it is gone
        return False
