"""A decoder that multiplies with a GGUF file's own numbers, of 4 to 8 bits.

Its matrices are put in order for the kernels once, in a file that later loads map into memory
(`kept`); `sealed` copies them into huge pages, where the system has these. Norms, biases and
matrices of other types have the given dtype.
"""

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from cogitate.errors import ModelError
from cogitate.models.decoder import Decoder
from cogitate.models.finite import finite
from cogitate.models.gguf import kept
from cogitate.models.gguf.file import GGUF
from cogitate.models.kernels import native
from cogitate.models.kernels.matrix import PackedLinear
from cogitate.models.kernels.quantized import (
    KINDS,
    QuantizedLinear,
    as_buffer,
    check_scales,
    digest,
    pack,
)
from cogitate.models.layout import Part, layout, without_weights
from cogitate.models.policy import Policy
from cogitate.tokenizer import Tokenizer

_EMBEDDING = "model.embed_tokens.weight"
_Made = TypeVar("_Made")


class QuantizedEmbedding(nn.Module):
    """Rows of a GGUF tensor, dequantised when they are looked up; the file stays mapped."""

    def __init__(self, file: GGUF, name: str, dtype: torch.dtype, digested: str) -> None:
        """Look up rows of the tensor `name`, in `dtype`; take its digest."""
        super().__init__()
        self._stored, self._dtype = file.tensors[name], dtype
        self.register_buffer("digest", as_buffer([digested]))

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
    decoder = without_weights(file.arch, file.shapes)
    _fill(decoder, file, _Packed(file, path), dtype)
    return Policy(decoder=decoder, tokenizer=Tokenizer.from_gguf(file.fields), name=name)


class _Packed:
    """The matrices of a file for the kernels."""

    def __init__(self, file: GGUF, path: Path) -> None:
        self._file = file
        quantized = [n for n, t in file.tensors.items() if t.tensor_type.name in KINDS]
        names = [n for n in quantized if file.arch.tied or n != _EMBEDDING]
        found = kept.read(path, names)
        if found is None:
            found = self._made(names, set(quantized) - set(names))
            if kept.write(path, found):
                found = kept.read(path, names) or found
        self._tensors, self._digests = found

    def linear(
        self, parts: tuple[Part, ...], bias: Tensor | None, dtype: torch.dtype
    ) -> QuantizedLinear:
        """Return the product with a matrix of these parts; parts of many bits are in `dtype`."""
        found = [self._part(part.name, dtype) for part in parts]
        return QuantizedLinear([part for part, _ in found], bias, [d for _, d in found])

    def embedding(self, dtype: torch.dtype) -> nn.Module:
        """Return the embedding; one of many bits is also the head, if they are tied."""
        if _EMBEDDING in self._digests:
            return QuantizedEmbedding(self._file, _EMBEDDING, dtype, self._digests[_EMBEDDING])
        weight = _read(self._file, _EMBEDDING, dtype)
        tied = self._file.arch.tied
        return PackedLinear(weight) if tied else nn.Embedding.from_pretrained(weight)

    def _part(self, name: str, dtype: torch.dtype) -> tuple[native.Part, str]:
        outer = self._file.shapes[name][0]
        if name in self._tensors:
            kind = self._file.tensors[name].tensor_type.name
            return native.Part(kind, outer, self._tensors[name]), self._digests[name]
        packed = native.packed(_read(self._file, name, dtype))
        return native.Part(native.kind_of(dtype), outer, packed), digest(packed)

    def _made(self, names: list[str], looked_up: set[str]) -> kept.Packed:
        for name in looked_up:
            self._stored(check_scales, name)
        digests = {name: digest(self._file.rows(name)) for name in looked_up}
        with ThreadPoolExecutor(torch.get_num_threads()) as pool:
            tensors = dict(zip(names, pool.map(self._pack, names), strict=True))
            digests |= zip(names, pool.map(digest, tensors.values()), strict=True)
        return kept.Packed(tensors, digests)

    def _pack(self, name: str) -> Tensor:
        return self._stored(pack, name)

    def _stored(self, use: Callable[[str, NDArray[np.uint8]], _Made], name: str) -> _Made:
        """Return what `use` makes of a tensor's type and rows."""
        try:
            return use(self._file.tensors[name].tensor_type.name, self._file.rows(name))
        except ValueError as error:
            raise ModelError(f"{name} in this GGUF {error}") from error


def _fill(decoder: Decoder, file: GGUF, packed: _Packed, dtype: torch.dtype) -> None:
    fused = dict(layout(file.arch))
    for name, parts in fused.items():
        if name.endswith(".bias"):
            continue
        owner, _, last = name.rpartition(".")
        if last != "weight":
            weight = _read(file, parts[0].name, dtype)
            _set(decoder, name, nn.Parameter(weight, requires_grad=False))
        elif owner == "embedding":
            decoder.embedding = cast("nn.Embedding", packed.embedding(dtype))
        else:
            bias = _bias(file, fused.get(f"{owner}.bias", ()), dtype)
            _set(decoder, owner, packed.linear(parts, bias, dtype))
    if file.arch.tied and isinstance(decoder.embedding, QuantizedEmbedding):
        decoder.head = packed.linear(fused["embedding.weight"], None, dtype)


def _bias(file: GGUF, parts: tuple[Part, ...], dtype: torch.dtype) -> Tensor | None:
    return torch.cat([_read(file, part.name, dtype) for part in parts]) if parts else None


def _read(file: GGUF, name: str, dtype: torch.dtype) -> Tensor:
    return finite(name, file.read(name).to(dtype))


def _set(decoder: Decoder, name: str, value: nn.Module | nn.Parameter) -> None:
    owner, _, last = name.rpartition(".")
    setattr(decoder.get_submodule(owner), last, value)
