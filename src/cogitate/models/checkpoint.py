"""The tensors in a folder's safetensors files, by the names in `layout`."""

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from cogitate.disk import pointer
from cogitate.errors import ModelError
from cogitate.models.architecture import Architecture
from cogitate.models.layout import layout

INDEX = "model.safetensors.index.json"
SINGLE = "model.safetensors"

_EMBEDDING = "model.embed_tokens.weight"
_HEAD = "lm_head.weight"
_OTHER_FORMATS = (".safetensors", ".bin", ".pt", ".pth")
_DTYPES = ("F64", "F32", "F16", "BF16")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """Open weight files and their architecture."""

    arch: Architecture
    """From config.json; tied only if embedding and head are also equal in the checkpoint."""
    places: Mapping[str, tuple[Any, str]]
    """Tensor -> the open file and the tensor's name in it."""

    def read(self, name: str) -> Tensor:
        """Return one tensor."""
        file, stored = self.places[name]
        return file.get_tensor(stored)

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Return the shape of each tensor."""
        return {
            name: tuple(file.get_slice(stored).get_shape())
            for name, (file, stored) in self.places.items()
        }


@contextmanager
def opened(folder: Path, arch: Architecture) -> Iterator[Checkpoint]:
    """Open a folder's weights.

    Raises:
        ModelError: a file is missing, broken or quantised, or the files are inconsistent.
    """
    expected = {p.name for _, parts in layout(replace(arch, tied=False)) for p in parts}
    places: dict[str, tuple[Any, str]] = {}
    with ExitStack() as stack:
        for path, indexed in _files(folder):
            file = stack.enter_context(open_file(path))
            for stored in list(file.keys()):
                if indexed is not None and stored not in indexed:
                    raise ModelError(f"{path} has {stored}, contrary to {INDEX}")
                name = _renamed(stored, expected)
                if name in places:
                    raise ModelError(f"the checkpoint has {name} twice, once as {stored}")
                places[name] = file, stored
        yield _tied(Checkpoint(arch=arch, places=places))


def open_file(path: Path) -> Any:
    """Open one safetensors file and check its header, length and dtypes.

    Raises:
        ModelError: it is missing, broken or quantised.
    """
    try:
        file = safe_open(path, framework="pt")
    except (SafetensorError, OSError, ValueError) as error:
        raise ModelError(
            f"{path} is missing or broken, not a whole safetensors file: {error}{pointer(path)}"
        ) from error
    for name in list(file.keys()):
        dtype = file.get_slice(name).get_dtype()
        if dtype not in _DTYPES:
            raise ModelError(f"{name} in {path} is {dtype}; quantised weights are not supported")
    return file


def has_weights(folder: Path) -> bool:
    """Return whether a folder has a whole model's weights."""
    return (folder / SINGLE).is_file() or (folder / INDEX).is_file()


def _files(folder: Path) -> list[tuple[Path, set[str] | None]]:
    """Return the weight files, each with its tensors according to the index.

    As in transformers, a single file takes precedence over an index, which may be left from an
    older model. An index may also name missing tensors, such as the head of a tied model.
    """
    if (folder / SINGLE).is_file():
        return [(folder / SINGLE, None)]
    if not (folder / INDEX).is_file():
        others = sorted(path.name for path in folder.iterdir() if path.suffix in _OTHER_FORMATS)
        found = f"; {', '.join(others)} cannot be read" if others else ""
        raise ModelError(
            f"{folder} has no {SINGLE} and no {INDEX}{found}. transformers' save_pretrained"
            " writes them"
        )
    indexed: dict[str, set[str]] = {}
    for name, file in _weight_map(folder / INDEX).items():
        indexed.setdefault(file, set()).add(name)
    return [(folder / file, names) for file, names in sorted(indexed.items())]


def _weight_map(path: Path) -> dict[str, str]:
    weight_map = read_json(path).get("weight_map")
    if not isinstance(weight_map, dict) or not weight_map:
        raise ModelError(f"{path} has no weight_map")
    return {name: str(file) for name, file in weight_map.items()}


def _renamed(stored: str, expected: set[str]) -> str:
    """Return the standard name of a tensor saved with one "model." too few or too many.

    transformers accepts those too: a base model saved alone, and one inside a wrapper.
    """
    for name in (stored, stored.removeprefix("model."), f"model.{stored}"):
        if name in expected:
            return name
    return stored


def _tied(checkpoint: Checkpoint) -> Checkpoint:
    """Return a checkpoint that is tied only if embedding and head are equal, as in transformers.

    A tied matrix may be stored under either name, or both. A head that differs is kept, whatever
    config.json says; a missing untied head is an error.
    """
    places = dict(checkpoint.places)
    if _HEAD not in places:
        if _EMBEDDING in places and not checkpoint.arch.tied:
            raise ModelError(
                f"the checkpoint lacks {_HEAD}; if the embedding is also the head, set"
                " tie_word_embeddings in config.json to true"
            )
        return checkpoint
    if not checkpoint.arch.tied:
        return checkpoint
    if _EMBEDDING not in places:
        places[_EMBEDDING] = places[_HEAD]
    elif not _equal(checkpoint.read(_EMBEDDING), checkpoint.read(_HEAD)):
        return replace(checkpoint, arch=replace(checkpoint.arch, tied=False))
    del places[_HEAD]
    return replace(checkpoint, places=places)


def _equal(embedding: Tensor, head: Tensor) -> bool:
    dtype = torch.promote_types(embedding.dtype, head.dtype)
    return embedding.shape == head.shape and torch.equal(embedding.to(dtype), head.to(dtype))


def read_json(path: Path) -> dict[str, Any]:
    """Return a JSON object, or raise a ModelError that names the file."""
    try:
        value = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"{path} does not parse: {error}") from error
    if not isinstance(value, dict):
        raise ModelError(f"{path} does not hold a JSON object")
    return value
