"""Weights of 4 to 8 bits, multiplied from the numbers that a GGUF file has.

The file's blocks (ggml's ggml-common.h) are put in the order in which `quantized.h` reads them; no
number changes, and none takes more bits.
"""

import hashlib
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from cogitate.models.kernels import native, pages, products

_COLUMNS, _CHUNK, _NESTED = 16, 32, 256
"""As in eights.h and quantized.h."""
_ROWS = 256
"""Rows that are put in order at a time: few enough to stay in the processor's caches."""

Bytes = NDArray[Any]
"""Of np.uint8, which numpy's types lose where numbers are shifted."""
Values = NDArray[np.uint8] | NDArray[np.float16]
"""Scales and minimums, or the bytes that hold some of fewer bits."""


class Blocks(NamedTuple):
    """Rows of a matrix [O, I], apart: numbers and what they are multiplied by."""

    numbers: Bytes
    """[O, I], without a sign."""
    inner: tuple[Values, ...]
    """Of each 32 numbers [O, chunks, n]."""
    outer: tuple[Values, ...] = ()
    """Of each 256 numbers of K-quants [O, blocks, n]."""


class QuantizedLinear(nn.Module):
    """y = W x + b with W in few bits, without a gradient.

    Example: QuantizedLinear([native.Part("Q8_0", len(rows), pack("Q8_0", rows))], None)
    """

    def __init__(
        self, parts: Sequence[native.Part], bias: Tensor | None, digests: Sequence[str] = ()
    ) -> None:
        """Take the parts of W, one below the other, and their digests, if these are known."""
        super().__init__()
        self.matrix = native.Matrix(parts, bias)
        self.register_buffer("bias", bias)
        self._register()
        digests = digests or [digest(part.packed) for part in parts]
        self.register_buffer("digest", as_buffer(digests))

    def _register(self) -> None:
        for number, part in enumerate(self.matrix.parts):
            self.register_buffer(f"part_{number}", part.packed, persistent=False)

    def move(self, copy: pages.Copy) -> None:
        """Keep a copy of the weight in place of it."""
        self.matrix = pages.moved(self.matrix, copy)
        self._register()

    def forward(self, x_NI: Tensor, dtype: torch.dtype | None = None) -> Tensor:
        """Return [N, O] in `dtype`, by default that of x."""
        matrix = self.matrix
        way = products.way(matrix.kind, x_NI.dtype, len(x_NI), x_NI.shape[1], matrix.outer)
        x_NI, dtype = x_NI.contiguous(), dtype or x_NI.dtype
        return native.multiply(x_NI, matrix, dtype, way=way)


def digest(stored: Tensor | Bytes) -> str:
    """Return a hash of a packed part, or of a GGUF tensor's rows, in hex.

    It stands for them in a model's fingerprint.
    """
    stored = stored.view(torch.uint8).numpy() if isinstance(stored, Tensor) else stored
    return hashlib.blake2b(stored.data, digest_size=16).hexdigest()


def as_buffer(digests: Sequence[str]) -> Tensor:
    """Return digests as a module's buffer, which is part of its state."""
    return torch.tensor(list(bytes.fromhex("".join(digests))), dtype=torch.uint8)


def pack(kind: str, rows: Bytes) -> Tensor:
    """Return a GGUF tensor's rows [O, bytes] in the layout of quantized.h, in bytes.

    Args:
        kind: one of `native.FORMATS`, quantized.
        rows: as in the file.

    Raises:
        ValueError: a scale is not finite.
    """
    return torch.from_numpy(
        np.concatenate([_pack(kind, rows[i : i + _ROWS]) for i in range(0, len(rows), _ROWS)])
    )


def check_scales(kind: str, rows: Bytes) -> None:
    """Refuse rows as `pack` does.

    Raises:
        ValueError: a scale is not finite.
    """
    for i in range(0, len(rows), _ROWS):
        _read(kind, rows[i : i + _ROWS])


def _read(kind: str, rows: Bytes) -> Blocks:
    blocks = _READ[kind](rows)
    if not all(np.isfinite(part).all() for part in (*blocks.inner, *blocks.outer)):
        raise ValueError("has values that are not finite")
    return blocks


def _pack(kind: str, rows: Bytes) -> Bytes:
    missing = -len(rows) % _COLUMNS
    blocks = _read(kind, np.pad(rows, ((0, missing), (0, 0))))
    chunks = [_by_panel(part) for part in blocks.inner]
    panels = np.concatenate([*chunks, _numbers(kind, blocks.numbers)], axis=2)
    if blocks.outer:
        outer = [_by_panel(part) for part in blocks.outer]
        panels = panels.reshape(*outer[0].shape[:2], -1)
        panels = np.concatenate([*outer, panels], axis=2)
    return panels.reshape(-1)


def _by_panel(values: Values) -> Bytes:
    """[O, groups, n] -> [panels, groups, bytes of n times 16 values]."""
    num_rows, num_groups, n = values.shape
    split = values.reshape(num_rows // _COLUMNS, _COLUMNS, num_groups, n).transpose(0, 2, 3, 1)
    return np.ascontiguousarray(split).view(np.uint8).reshape(*split.shape[:2], -1)


def _numbers(kind: str, numbers: Bytes) -> Bytes:
    """[O, I] -> [panels, chunks, bytes]."""
    num_rows, inner = numbers.shape
    registers = numbers.reshape(num_rows // _COLUMNS, _COLUMNS, inner // _CHUNK, 8, 4)
    registers = registers.transpose(0, 2, 3, 1, 4).reshape(-1, inner // _CHUNK, 8, 64)
    if kind == "Q8_0":
        return registers.reshape(*registers.shape[:2], -1)
    low, high = registers & 15, registers >> 4
    parts = [low[:, :, :4] | low[:, :, 4:] << 4]
    if kind in ("Q5_0", "Q5_1", "Q5_K"):
        parts.append(_gather(high, 1))
    if kind == "Q6_K":
        parts += [_gather(high[:, :, :4], 2), _gather(high[:, :, 4:], 2)]
    stored = np.concatenate(parts, axis=2)
    return stored.reshape(*stored.shape[:2], -1)


def _gather(registers: Bytes, bits: int) -> Bytes:
    """Return registers [..., n, 64] of few bits in one [..., 1, 64], the first lowest."""
    found = np.zeros_like(registers[:, :, :1])
    for i in range(registers.shape[2]):
        found |= registers[:, :, i : i + 1] << (bits * i)
    return found


def _nibbles(stored: Bytes) -> Bytes:
    """Return the low halves of the last axis, then the high ones."""
    return np.concatenate([stored & 15, stored >> 4], axis=-1)


def _flat(*, fifth: bool, minimum: bool) -> Callable[[Bytes], Blocks]:
    """Return the reader of a type with float16 scales of 32 numbers of 4 or 5 bits."""
    num_scales = 2 if minimum else 1

    def read(rows: Bytes) -> Blocks:
        blocks = rows.reshape(len(rows), -1, 2 * num_scales + 4 * fifth + 16)
        numbers = _nibbles(blocks[:, :, -16:])
        if fifth:
            bits = np.unpackbits(blocks[:, :, -20:-16], axis=-1, bitorder="little")
            numbers = numbers | bits << 4
        scales = blocks[:, :, : 2 * num_scales].view(np.float16)
        return Blocks(numbers.reshape(len(rows), -1), (scales,))

    return read


def _q8_0(rows: Bytes) -> Blocks:
    blocks = rows.reshape(len(rows), -1, 34)
    numbers = blocks[:, :, 2:] ^ 128
    return Blocks(numbers.reshape(len(rows), -1), (blocks[:, :, :2].view(np.float16),))


def _k45(*, fifth: bool) -> Callable[[Bytes], Blocks]:
    """Return the reader of Q4_K or Q5_K."""

    def read(rows: Bytes) -> Blocks:
        blocks = rows.reshape(len(rows), -1, 176 if fifth else 144)
        numbers = _nibbles(blocks[:, :, -128:].reshape(*blocks.shape[:2], 4, 32))
        numbers = numbers.reshape(*blocks.shape[:2], 8, 32)
        if fifth:
            bits = blocks[:, :, None, 16:48] >> np.arange(8, dtype=np.uint8)[:, None] & 1
            numbers = numbers | bits << 4
        outer = (blocks[:, :, :4].view(np.float16), blocks[:, :, 4:16])
        return Blocks(numbers.reshape(len(rows), -1), (), outer)

    return read


def _q6_k(rows: Bytes) -> Blocks:
    blocks = rows.reshape(len(rows), -1, 210)
    low = _nibbles(blocks[:, :, :128].reshape(*blocks.shape[:2], 2, 64))
    high = blocks[:, :, 128:192].reshape(*blocks.shape[:2], 2, 1, 32)
    high = high >> np.array([0, 2, 4, 6], dtype=np.uint8)[:, None] & 3
    numbers = low.reshape(high.shape) | high << 4
    scales = blocks[:, :, 192:208].reshape(len(rows), -1, 2)
    outer = blocks[:, :, 208:].view(np.float16)
    return Blocks(numbers.reshape(len(rows), -1), (scales,), (outer,))


_READ: dict[str, Callable[[Bytes], Blocks]] = {
    "Q4_0": _flat(fifth=False, minimum=False),
    "Q4_1": _flat(fifth=False, minimum=True),
    "Q5_0": _flat(fifth=True, minimum=False),
    "Q5_1": _flat(fifth=True, minimum=True),
    "Q8_0": _q8_0,
    "Q4_K": _k45(fifth=False),
    "Q5_K": _k45(fifth=True),
    "Q6_K": _q6_k,
}
KINDS = frozenset(_READ)
"""Types that are multiplied from their own numbers."""
