"""The decoder's arithmetic in C (native.c), compiled with GCC.

It is compiled at first use, for this processor, into ~/.cache/cogitate, which takes a few seconds.
Without GCC, on an accelerator, for gradients, or with COGITATE_NATIVE=0, torch's operations are
used, which may be several times slower.
"""

import ctypes
import hashlib
import os
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from cogitate.measured import cache_folder, features
from cogitate.models.architecture import Architecture

SOURCE = Path(__file__).with_suffix(".c")
_INCLUDED = SOURCE.with_name("vectors.h")
SWITCH = "COGITATE_NATIVE"
"""Environment variable; 0 switches the kernels off."""
_FLAGS = (
    *("-O2", "-march=native", "-fopenmp", "-shared", "-fPIC", "-Wl,-Bsymbolic-functions"),
    *("-fno-trapping-math", "-fno-math-errno"),  # no more, to keep the source's order of sums
)
_TIMEOUT_S = 60
_HEAD_WIDTHS = (32, 64, 128)
_PANEL = 32
"""Columns per panel in `multiply`."""
_INT, _LONG, _POINTER = ctypes.c_int, ctypes.c_long, ctypes.c_void_p
_DTYPES = (torch.float32, torch.bfloat16)
"""By the number that the C functions take."""


class Cached(NamedTuple):
    """Keys and values of rows in a cache, and the assignment of tokens to rows."""

    keys: Tensor
    """Of one layer [rows, K, columns, d], or of all [layers, rows, K, columns, d]."""
    values: Tensor
    order: Tensor | None
    """Token of each row; None if tokens are in the order of rows."""
    lengths: Tensor
    """Number of keys of each of the first rows."""


def serves(x: Tensor, lanes: int = 16) -> bool:
    """Return whether the kernels support `x`: on the CPU, without a gradient, in whole lanes."""
    return (
        not torch.is_grad_enabled()
        and x.shape[-1] % lanes == 0
        and x.device.type == "cpu"
        and x.dtype in _DTYPES
        and operations() is not None
    )


def attends(keys: Tensor) -> bool:
    """Return whether `attend` supports the head width of keys [..., d]."""
    return keys.shape[-1] in _HEAD_WIDTHS and serves(keys)


def add_norm(x_ND: Tensor, delta_ND: Tensor | None, weight_D: Tensor, eps: float) -> Tensor:
    """Add to the residual in place, fp32, and return its norm [N, D] in the weight's dtype."""
    normed = torch.empty(x_ND.shape, dtype=weight_D.dtype)
    _call("add_norm", weight_D.dtype, x_ND, delta_ND, weight_D, normed, *x_ND.shape, eps)
    return normed


def packed(weight: Tensor) -> Tensor:
    """Return a matrix [out, in] in the layout of `multiply`, which reads it sequentially."""
    words = F.pad(weight, (0, 0, 0, -len(weight) % _PANEL)).view(torch.float32)
    panels = words.view(-1, _PANEL, words.shape[1]).transpose(1, 2).contiguous()
    return panels.view(weight.dtype)


def multiply(x_NI: Tensor, packed_W: Tensor, outer: int, dtype: torch.dtype) -> Tensor:
    """Return x W^T [N, outer] in `dtype`, the weight's or fp32."""
    out = torch.empty(len(x_NI), outer, dtype=dtype)
    assert x_NI.dtype == packed_W.dtype
    assert x_NI.shape[1] * _PANEL == packed_W[0].numel()
    is_half = _DTYPES.index(dtype)
    _call("multiply", packed_W.dtype, is_half, x_NI, packed_W, out, *x_NI.shape, outer)
    return out


def rotate(x_NHd: Tensor, rotary: tuple[Tensor, Tensor]) -> Tensor:
    """Rotate queries and keys in place and return them; see `models.decoder.rotate`."""
    _call("rotate", x_NHd.dtype, x_NHd, *rotary, *x_NHd.shape, x_NHd.stride(0))
    return x_NHd


def gated(gate_up_NM: Tensor) -> Tensor:
    """Return silu(gate) * up [N, M] from both, concatenated to [N, 2 M]."""
    num, both = gate_up_NM.shape
    out = gate_up_NM.new_empty(num, both // 2)
    _call("gated", out.dtype, gate_up_NM, out, *out.shape)
    return out


def attend(qkv: tuple[Tensor, Tensor, Tensor], cached: Cached, out_ND: Tensor) -> None:
    """Append one key and value to each row, and attend to all keys of the row.

    Args:
        qkv: queries [N, H, d], keys and values [N, K, d]; each token's are contiguous.
        cached: of one layer, contiguous.
        out_ND: where the output is written.
    """
    q, k, v = qkv
    keys, values, order, lengths = cached
    assert q.stride(0) == k.stride(0)
    assert q.dtype == keys.dtype
    _call(
        "attend", q.dtype, *qkv, keys, values, out_ND, order, lengths, len(lengths),
        q.shape[1], k.shape[1], q.shape[2], keys.shape[2], q.stride(0), v.stride(0),
    )  # fmt: skip


def decode(
    weights: Sequence[Tensor],
    x_ND: Tensor,
    rotary: tuple[Tensor, Tensor],
    cached: Cached,
    arch: Architecture,
) -> None:
    """Compute all layers for one token of each row, in one call.

    Args:
        weights: for each layer the norm, qkv, out, norm, gate and up, down; matrices `packed`.
        x_ND: the residual stream, updated in place.
        rotary: see `models.decoder.rotate`.
        cached: of all layers.
        arch: its widths must be multiples of 16.
    """
    pointers = (_POINTER * len(weights))(*(weight.data_ptr() for weight in weights))
    keys, values, order, lengths = cached
    assert keys.dtype == weights[0].dtype
    assert len(keys) == arch.num_layers
    sizes = (_LONG * 9)(
        arch.num_layers, len(x_ND), arch.width, arch.num_heads, arch.num_kv_heads,
        arch.head_width, arch.mlp_width, keys.shape[3], keys.stride(0),
    )  # fmt: skip
    _call(
        "decode", keys.dtype, pointers, x_ND, *rotary, keys, values, order, lengths, sizes,
        arch.norm_eps,
    )  # fmt: skip


def sample(
    logits_BV: Tensor, temperature_B: Tensor, uniform_B: Tensor, forced_B: Tensor
) -> tuple[Tensor, Tensor]:
    """Return tokens [B] and their log-probabilities [B]; see `rollout.sampling.sample`."""
    tokens, logprobs = torch.empty_like(forced_B), torch.empty_like(temperature_B)
    given = (logits_BV, temperature_B, uniform_B, forced_B, tokens, logprobs)
    _call("sample", logits_BV.dtype, *given, *logits_BV.shape)
    return tokens, logprobs


_ARGUMENTS = {
    "add_norm": [*[_POINTER] * 4, _LONG, _LONG, ctypes.c_float],
    "multiply": [_INT, *[_POINTER] * 3, *[_LONG] * 3],
    "rotate": [*[_POINTER] * 3, *[_LONG] * 4],
    "gated": [*[_POINTER] * 2, _LONG, _LONG],
    "attend": [*[_POINTER] * 8, *[_LONG] * 7],
    "decode": [*[_POINTER] * 9, ctypes.c_float],
    "sample": [*[_POINTER] * 6, _LONG, _LONG],
}
"""After the number of the dtype and the number of threads, which all functions take."""


def _call(name: str, dtype: torch.dtype, *given: Any) -> None:
    pointers = (x.data_ptr() if isinstance(x, Tensor) else x for x in given)
    _function(name)(_DTYPES.index(dtype), torch.get_num_threads(), *pointers)


@cache
def _function(name: str) -> Callable[..., None]:
    return getattr(operations(), name)


@cache
def operations() -> ctypes.CDLL | None:
    """Return the compiled operations, or None if they are not available."""
    loaded = _loaded()
    if isinstance(loaded, str):
        return None
    for name, arguments in _ARGUMENTS.items():
        function = getattr(loaded, name)
        function.argtypes, function.restype = [_INT, _INT, *arguments], None
    return loaded


def why_not() -> str | None:
    """Return why the operations are not available; None if they are."""
    loaded = _loaded()
    return loaded if isinstance(loaded, str) else None


@cache
def _loaded() -> ctypes.CDLL | str:
    """Return the library, or the reason why there is none."""
    compiler = shlex.split(os.environ.get("CC") or "gcc")
    if os.environ.get(SWITCH) == "0":
        return f"switched off by {SWITCH}=0"
    if shutil.which(compiler[0]) is None:
        return f"there is no '{compiler[0]}' (apt install gcc)"
    try:
        return ctypes.CDLL(str(_compiled(compiler)))
    except subprocess.CalledProcessError as error:
        lines = error.stderr.decode(errors="replace").strip().splitlines() or ["no message"]
        return f"{compiler[0]} failed: {lines[0]}"
    except (OSError, RuntimeError, subprocess.SubprocessError) as error:
        return f"it cannot be compiled: {error}"


def _compiled(compiler: list[str]) -> Path:
    """Return the library for this source, compiler and processor; compile it if missing."""
    texts = (path.read_text("utf-8") for path in (SOURCE, _INCLUDED))
    digest = hashlib.sha256("\0".join((*texts, *_FLAGS, *compiler, features())).encode())
    target = cache_folder() / f"native-{digest.hexdigest()[:16]}.so"
    if not target.is_file():
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent) as folder:
            made = Path(folder) / target.name
            command = [*compiler, *_FLAGS, "-o", str(made), str(SOURCE), "-lm"]
            subprocess.run(command, check=True, capture_output=True, timeout=_TIMEOUT_S)
            made.replace(target)  # atomic, as other processes may compile too
    return target
