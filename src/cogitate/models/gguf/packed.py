"""A decoder that multiplies with a GGUF file's own numbers, of 4 to 8 bits.

Its matrices are put in order for the kernels once, in a file that later loads map into memory, so
that all processes share one copy. Norms, biases and matrices of other types have the given dtype.
"""

import hashlib
import json
import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar, cast

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from cogitate.errors import ModelError
from cogitate.measured import cache_folder
from cogitate.models.decoder import Decoder
from cogitate.models.finite import finite
from cogitate.models.gguf.file import GGUF
from cogitate.models.kernels import native
from cogitate.models.kernels.quantized import KINDS, QuantizedLinear, check_scales, digest, pack
from cogitate.models.layout import Part, check, layout
from cogitate.models.policy import Policy
from cogitate.models.store import appearing_file
from cogitate.notices import say
from cogitate.tokenizer import Tokenizer

_VERSION = 3
"""Of the layout in quantized.h, and of the file with the packed matrices."""
_DIGESTS = "digests"
"""Its metadata: the digest of each matrix, since computing these takes a second for each GB."""
_EMBEDDING = "model.embed_tokens.weight"

_Parts = dict[str, tuple[Tensor, str]]
_Made = TypeVar("_Made")


class QuantizedEmbedding(nn.Module):
    """Rows of a GGUF tensor, dequantised when they are looked up; the file stays mapped."""

    def __init__(self, file: GGUF, name: str, dtype: torch.dtype) -> None:
        """Look up rows of the tensor `name`, in `dtype`."""
        super().__init__()
        self._stored, self._dtype = file.tensors[name], dtype

    def forward(self, tokens_N: Tensor) -> Tensor:
        """Return [N, D]."""
        from gguf.quants import dequantize

        rows = dequantize(self._stored.data[tokens_N.numpy()], self._stored.tensor_type)
        return torch.from_numpy(rows).to(self._dtype)


def supports(file: GGUF) -> bool:
    """Return whether a file has matrices for these kernels, and they are available."""
    kinds = {stored.tensor_type.name for stored in file.tensors.values()}
    whole = all(width % 16 == 0 for width in (file.arch.width, file.arch.mlp_width))
    return bool(kinds & KINDS) and whole and native.operations() is not None


def num_bytes(file: GGUF, dtype: torch.dtype) -> int:
    """Return the memory that the matrices take: packed or mapped, they are all read for a token."""
    return sum(
        stored.data.nbytes
        if stored.tensor_type.name in KINDS
        else dtype.itemsize * math.prod(stored.shape)
        for stored in file.tensors.values()
    )


def policy(file: GGUF, path: Path, *, name: str, dtype: torch.dtype) -> Policy:
    """Return the policy in a GGUF file, for sampling only; activations have `dtype`.

    Raises:
        ModelError: its tensors or tokenizer are not supported.
    """
    check(file.arch, file.shapes)
    decoder = _build(file, _Packed(file, path), dtype)
    return Policy(decoder=decoder, tokenizer=Tokenizer.from_gguf(file.fields), name=name)


class _Packed:
    """Matrices in the kernels' layout and their digests, by name; kept in a file."""

    def __init__(self, file: GGUF, path: Path) -> None:
        self._file = file
        kept = _cache_file(path)
        quantized = [n for n, t in file.tensors.items() if t.tensor_type.name in KINDS]
        names = [n for n in quantized if file.arch.tied or n != _EMBEDDING]
        self._parts = _mapped(kept, names)
        if self._parts is None:
            for name in set(quantized) - set(names):  # an embedding that is only looked up
                self._stored(check_scales, name)
            with ThreadPoolExecutor(torch.get_num_threads()) as pool:
                self._parts = dict(zip(names, pool.map(self._pack, names), strict=True))
            if _keep(kept, self._parts):
                self._parts = _mapped(kept, names) or self._parts

    def linear(
        self, parts: tuple[Part, ...], bias: Tensor | None, dtype: torch.dtype
    ) -> QuantizedLinear:
        """Return the product with a matrix of these parts; parts of many bits are in `dtype`."""
        found = [self._part(part.name, dtype) for part in parts]
        return QuantizedLinear([part for part, _ in found], bias, [d for _, d in found])

    def _part(self, name: str, dtype: torch.dtype) -> tuple[native.Part, str]:
        assert self._parts is not None
        outer = self._file.shapes[name][0]
        if name in self._parts:
            kind, (packed, digested) = self._file.tensors[name].tensor_type.name, self._parts[name]
        else:
            kind, packed = native.kind_of(dtype), native.packed(_read(self._file, name, dtype))
            digested = digest(packed)
        return native.Part(kind, outer, packed), digested

    def _pack(self, name: str) -> tuple[Tensor, str]:
        packed = self._stored(pack, name)
        return packed, digest(packed)

    def _stored(self, use: Callable[[str, NDArray[np.uint8]], _Made], name: str) -> _Made:
        """Return what `use` makes of a tensor's type and rows."""
        try:
            return use(self._file.tensors[name].tensor_type.name, self._file.rows(name))
        except ValueError as error:
            raise ModelError(f"{name} in this GGUF {error}") from error


def _build(file: GGUF, packed: _Packed, dtype: torch.dtype) -> Decoder:
    with torch.device("meta"):
        decoder = Decoder(file.arch)
    fused = dict(layout(file.arch))
    for name, parts in fused.items():
        if name.endswith(".bias"):
            continue
        owner, _, last = name.rpartition(".")
        if last != "weight":
            weight = _read(file, parts[0].name, dtype)
            _set(decoder, name, nn.Parameter(weight, requires_grad=False))
        elif owner == "embedding":
            decoder.embedding = _embedding(file, parts[0].name, dtype)
        else:
            bias = _bias(file, fused.get(f"{owner}.bias", ()), dtype)
            _set(decoder, owner, packed.linear(parts, bias, dtype))
    if file.arch.tied:
        decoder.head = packed.linear(fused["embedding.weight"], None, dtype)
    return decoder


def _bias(file: GGUF, parts: tuple[Part, ...], dtype: torch.dtype) -> Tensor | None:
    return torch.cat([_read(file, part.name, dtype) for part in parts]) if parts else None


def _embedding(file: GGUF, name: str, dtype: torch.dtype) -> nn.Embedding:
    if file.tensors[name].tensor_type.name in KINDS:  # checked by _Packed
        return cast("nn.Embedding", QuantizedEmbedding(file, name, dtype))
    return nn.Embedding.from_pretrained(_read(file, name, dtype))


def _read(file: GGUF, name: str, dtype: torch.dtype) -> Tensor:
    return finite(name, file.read(name).to(dtype))


def _set(decoder: Decoder, name: str, value: nn.Module | nn.Parameter) -> None:
    owner, _, last = name.rpartition(".")
    setattr(decoder.get_submodule(owner), last, value)


def _cache_file(path: Path) -> Path:
    """Return where a file's packed matrices are kept; for a changed file it is another place."""
    stat = path.stat()
    key = f"{_VERSION}\0{path.resolve()}\0{stat.st_size}\0{stat.st_mtime_ns}"
    return cache_folder() / f"packed-{hashlib.sha256(key.encode()).hexdigest()[:16]}.safetensors"


def _mapped(kept: Path, names: list[str]) -> _Parts | None:
    if not kept.is_file():
        return None
    try:
        with safe_open(kept, "pt") as file:
            digested = json.loads(file.metadata()[_DIGESTS])
            return {name: (file.get_tensor(name), digested[name]) for name in names}
    except (OSError, KeyError, TypeError, ValueError, SafetensorError):
        return None  # damaged: it is written again


def _keep(kept: Path, parts: _Parts) -> bool:
    """Write the cache file; return whether that succeeded. It is for speed alone."""
    digested = json.dumps({name: own for name, (_, own) in parts.items()})
    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.unlink(missing_ok=True)
        with appearing_file(kept) as unfinished:
            tensors = {name: packed for name, (packed, _) in parts.items()}
            save_file(tensors, unfinished, {_DIGESTS: digested})
    except (OSError, ModelError, SafetensorError) as error:
        say(f"the packed model is not kept, and will be packed again at the next load: {error}")
        return False
    return True
