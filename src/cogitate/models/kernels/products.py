"""The fastest of several ways to multiply, by shape and number of rows.

It is measured once on a machine and kept (`cogitate.measured`), never chosen by the processor's
name: oneDNN wins with many rows on some processors, and our C with few.
"""

import os
import time
from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Literal, cast, get_args

import torch
from torch import Tensor

from cogitate.errors import UsageError
from cogitate.measured import once
from cogitate.models.kernels import compiled, native, onednn

SWITCH = "COGITATE_PRODUCTS"
"""Environment variable; names ways to take, such as "onednn" or "c,expanded"."""
Way = Literal["c", "onednn", "eight", "expanded", "bf16"]
"""Of weights in fp32 or bf16: our C, or oneDNN. Of quantized weights, all in C: activations in 8
bits; weights expanded to the activations' dtype, a panel at a time; or both in bf16."""
_PLAIN, _QUANTIZED = ("c", "onednn"), ("eight", "expanded", "bf16")
_MOST_OUTER = 4096
"""Columns of a measured product; more take proportionally longer."""
_MOST_ROWS, _MOST_INNER = 256, 16384
_TYPICAL = 576, 1536
"""Columns of activations and of a product in SmolLM2-135M."""
_ROUNDS, _MOST_S = 5, 0.5
"""Of a measurement: the fewest rounds, which are also those without a shorter call that end it;
and the seconds after which it goes on no longer."""
_GAIN = 1.05
"""A way, or a call, is shorter if it is by this factor."""
_Runs = Mapping[str, Callable[[], object]]


def way(kind: str, dtype: torch.dtype, rows: int, inner: int, outer: int) -> Way:
    """Return the fastest way to multiply activations [rows, inner] by a weight [outer, inner].

    Args:
        kind: of the weight's numbers, one of `native.FORMATS`.
        dtype: of the activations.
        rows: in the activations; measured for powers of two.
        inner: their columns.
        outer: columns of the product.
    """
    ways = _ways(kind, dtype)
    given = next((name for name in _named() if name in ways), None)
    if ways == _PLAIN and not onednn.has(dtype):
        given = "c"
    if given is None:
        rows = min(1 << max(rows - 1, 0).bit_length(), _MOST_ROWS)
        inner, outer = min(inner, _MOST_INNER), min(outer, _MOST_OUTER)
        given = _measured(kind, dtype, rows, inner, outer, torch.get_num_threads())
    return cast("Way", given)


def _ways(kind: str, dtype: torch.dtype) -> tuple[str, ...]:
    """Return the ways to multiply, of which that in bf16 is of activations in fp32."""
    quantized = _QUANTIZED if dtype == torch.float32 else _QUANTIZED[:2]
    return _PLAIN if kind in native.PLAIN else quantized


def num_copies(dtype: torch.dtype) -> int:
    """Return how many packed copies a weight gets, for x W^T with any number of rows.

    Two, for C and for oneDNN, where oneDNN is faster for many rows; C always has few.
    """
    if native.operations() is None:
        return 1
    own = way(native.kind_of(dtype), dtype, _MOST_ROWS, *_TYPICAL)
    return 2 if own == "onednn" else 1


def check_switch(dtype: torch.dtype) -> None:
    """Check what the environment variable names, for weights of a dtype.

    Raises:
        UsageError: an unknown way, or one that is not available.
    """
    for name in _named():
        if name not in get_args(Way):
            ways = ", ".join(get_args(Way))
            raise UsageError(f"{SWITCH} names '{name}'; it may name {ways}")
        if name == "onednn" and not onednn.has(dtype):
            raise UsageError(f"{SWITCH} names 'onednn', which has no {dtype} here; omit it")


def _named() -> list[str]:
    return [name for name in os.environ.get(SWITCH, "").split(",") if name]


@cache
def _measured(
    kind: str, dtype: torch.dtype, rows: int, inner: int, outer: int, threads: int
) -> str:
    versions = torch.__version__, compiled.version()
    ways = _ways(kind, dtype)
    key = ("product", *versions, *ways, kind, dtype, rows, inner, outer, threads)
    prepare = _plain if kind in native.PLAIN else _quantized
    return once(key, lambda: _fastest(prepare(kind, torch.ones(rows, inner, dtype=dtype), outer)))


def _plain(kind: str, x_NI: Tensor, outer: int) -> _Runs:
    weight = torch.ones(outer, x_NI.shape[1], dtype=x_NI.dtype)
    own = native.Matrix([native.Part(kind, outer, native.packed(weight))])
    other = onednn.blocked(weight)
    return {
        "c": lambda: native.multiply(x_NI, own, x_NI.dtype),
        "onednn": lambda: onednn.times(x_NI, other),
    }


def _quantized(kind: str, x_NI: Tensor, outer: int) -> _Runs:
    part = native.Part(kind, outer, native.empty(kind, outer, x_NI.shape[1]))
    own = native.Matrix([part])
    ways = _ways(kind, x_NI.dtype)
    return {name: partial(native.multiply, x_NI, own, x_NI.dtype, way=name) for name in ways}


@torch.no_grad()
def _fastest(ways: _Runs) -> str:
    """Return the way with the shortest call; they take turns, so that other work slows all.

    Other work also makes calls longer by chance. So rounds go on while one is still shorter than
    all before. The first way stays unless another is faster by `_GAIN`: near the tie chance would
    choose, and by the first (our C) all layers are decoded in one call.
    """
    seconds = dict.fromkeys(ways, float("inf"))
    began, num_rounds, num_calm = time.perf_counter(), 0, 0
    while num_rounds <= _ROUNDS or (  # the first round warms up
        num_calm < _ROUNDS and time.perf_counter() - began < _MOST_S
    ):
        num_rounds, num_calm = num_rounds + 1, num_calm + 1
        for name, run in ways.items():
            start = time.perf_counter()
            run()
            took = time.perf_counter() - start
            num_calm = 0 if took < seconds[name] / _GAIN else num_calm
            seconds[name] = min(seconds[name], took)
    first, best = next(iter(ways)), min(seconds, key=lambda name: seconds[name])
    return best if seconds[best] < seconds[first] / _GAIN else first
