"""The decoder's arithmetic in C (native.c), compiled where GCC is.

Compiled when first used, for this very processor, into ~/.cache/cogitate: a few seconds, once.
Without GCC, on an accelerator, for gradients, or with COGITATE_NATIVE=0 torch's own
operations do the same, up to several times slower.
"""

import ctypes
import hashlib
import os
import platform
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

from cogitate.models.architecture import Architecture

SOURCE = Path(__file__).with_suffix(".c")
_INCLUDED = SOURCE.with_name("vectors.h")
SWITCH = "COGITATE_NATIVE"
"""0 in the environment switches it off."""
_FLAGS = (
    *("-O2", "-march=native", "-fopenmp", "-shared", "-fPIC", "-Wl,-Bsymbolic-functions"),
    *("-fno-trapping-math", "-fno-math-errno"),  # no more: the order of sums is the source's
)
_TIMEOUT_S = 60
_HEAD_WIDTHS = (32, 64, 128)
_PANEL = 32
"""Columns that `multiply` takes at once."""
_INT, _LONG, _POINTER = ctypes.c_int, ctypes.c_long, ctypes.c_void_p
_DTYPES = (torch.float32, torch.bfloat16)
"""By number, as the functions are told."""


class Cached(NamedTuple):
    """What rows have in a cache, and which tokens are theirs."""

    keys: Tensor
    """Of one layer [rows, K, columns, d], or of all [layers, rows, K, columns, d]."""
    values: Tensor
    order: Tensor | None
    """Which token is of which row, in their order; unset, as they stand."""
    lengths: Tensor
    """Keys that each of the first rows has."""


def serves(x: Tensor, lanes: int = 16) -> bool:
    """Tell whether `x` can be worked on here: on the CPU, without a gradient, by so many lanes."""
    return (
        not torch.is_grad_enabled()
        and x.shape[-1] % lanes == 0
        and x.device.type == "cpu"
        and x.dtype in _DTYPES
        and operations() is not None
    )


def attends(keys: Tensor) -> bool:
    """Tell whether `attend` knows heads of such a width: keys [..., d]."""
    return keys.shape[-1] in _HEAD_WIDTHS and serves(keys)


def add_norm(x_ND: Tensor, delta_ND: Tensor | None, weight_D: Tensor, eps: float) -> Tensor:
    """Add to the residual in place, fp32, and return its norm [N, D] in the weight's dtype."""
    normed = torch.empty(x_ND.shape, dtype=weight_D.dtype)
    _call("add_norm", weight_D.dtype, x_ND, delta_ND, weight_D, normed, *x_ND.shape, eps)
    return normed


def packed(weight: Tensor) -> Tensor:
    """Return a matrix [out, in] as `multiply` wants it: read from the first to the last number."""
    words = F.pad(weight, (0, 0, 0, -len(weight) % _PANEL)).view(torch.float32)
    panels = words.view(-1, _PANEL, words.shape[1]).transpose(1, 2).contiguous()
    return panels.view(weight.dtype)


def multiply(x_NI: Tensor, packed_W: Tensor, outer: int, dtype: torch.dtype) -> Tensor:
    """Return x W^T [N, outer], in `dtype`, which is the weight's or fp32."""
    out = torch.empty(len(x_NI), outer, dtype=dtype)
    assert x_NI.dtype == packed_W.dtype
    assert x_NI.shape[1] * _PANEL == packed_W[0].numel()
    is_half = _DTYPES.index(dtype)
    _call("multiply", packed_W.dtype, is_half, x_NI, packed_W, out, *x_NI.shape, outer)
    return out


def rotate(x_NHd: Tensor, rotary: tuple[Tensor, Tensor]) -> Tensor:
    """Turn queries and keys in place, and return them; see `models.decoder.rotate`."""
    _call("rotate", x_NHd.dtype, x_NHd, *rotary, *x_NHd.shape, x_NHd.stride(0))
    return x_NHd


def gated(gate_up_NM: Tensor) -> Tensor:
    """Return silu(gate) * up [N, M] of what stands side by side in [N, 2 M]."""
    num, both = gate_up_NM.shape
    out = gate_up_NM.new_empty(num, both // 2)
    _call("gated", out.dtype, gate_up_NM, out, *out.shape)
    return out


def attend(qkv: tuple[Tensor, Tensor, Tensor], cached: Cached, out_ND: Tensor) -> None:
    """Write one new key and value for each row, and attend to all that the row has then.

    Args:
        qkv: queries [N, H, d], keys and values [N, K, d], each token's close together.
        cached: of one layer, contiguous.
        out_ND: what comes out, where it belongs.
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
    """Take one token of each row through all layers, in one call.

    Args:
        weights: of each layer the norm, qkv, out, norm, gate and up, down; matrices `packed`.
        x_ND: the residual stream, to which the layers add in place.
        rotary: see `models.decoder.rotate`.
        cached: of all layers.
        arch: whose widths are multiples of 16.
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
"""Behind the dtype's number and that of threads, which all of them have."""


def _call(name: str, dtype: torch.dtype, *given: Any) -> None:
    pointers = (x.data_ptr() if isinstance(x, Tensor) else x for x in given)
    _function(name)(_DTYPES.index(dtype), torch.get_num_threads(), *pointers)


@cache
def _function(name: str) -> Callable[..., None]:
    return getattr(operations(), name)


@cache
def operations() -> ctypes.CDLL | None:
    """Return the compiled operations, or None where they cannot be had."""
    loaded = _loaded()
    if isinstance(loaded, str):
        return None
    for name, arguments in _ARGUMENTS.items():
        function = getattr(loaded, name)
        function.argtypes, function.restype = [_INT, _INT, *arguments], None
    return loaded


def why_not() -> str | None:
    """Tell why the operations cannot be had, if they cannot."""
    loaded = _loaded()
    return loaded if isinstance(loaded, str) else None


@cache
def _loaded() -> ctypes.CDLL | str:
    """Return the library, or why there is none."""
    compiler = shlex.split(os.environ.get("CC") or "gcc")
    if os.environ.get(SWITCH) == "0":
        return f"switched off by {SWITCH}=0"
    if shutil.which(compiler[0]) is None:
        return f"there is no '{compiler[0]}' (apt install gcc)"
    try:
        return ctypes.CDLL(str(_compiled(compiler)))
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode(errors="replace").strip().splitlines() or ["nothing was said"]
        return f"{compiler[0]} failed: {said[0]}"
    except (OSError, RuntimeError, subprocess.SubprocessError) as error:
        return f"it cannot be compiled: {error}"


def _compiled(compiler: list[str]) -> Path:
    """Return the library for this source, compiler and processor; make it where it is missing."""
    texts = (path.read_text("utf-8") for path in (SOURCE, _INCLUDED))
    digest = hashlib.sha256("\0".join((*texts, *_FLAGS, *compiler, _processor())).encode())
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    target = Path(home) / "cogitate" / f"native-{digest.hexdigest()[:16]}.so"
    if not target.is_file():
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent) as folder:
            made = Path(folder) / target.name
            command = [*compiler, *_FLAGS, "-o", str(made), str(SOURCE), "-lm"]
            subprocess.run(command, check=True, capture_output=True, timeout=_TIMEOUT_S)
            made.replace(target)  # whole or not there, whoever else compiles
    return target


def _processor() -> str:
    """Return what the processor can do: a library for another one would not run."""
    path = Path("/proc/cpuinfo")
    lines = path.read_text("utf-8").splitlines() if path.is_file() else []
    told = (line for line in lines if line.startswith(("flags", "Features")))
    return next(told, platform.processor() + platform.machine())
