"""The decoder's arithmetic in C (native.c), compiled with GCC.

It is compiled at first use, for this processor, into ~/.cache/cogitate, in some ten seconds.
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
from array import array
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
_HEADERS = sorted(SOURCE.parent.glob("[!.]*.h"))
SWITCH = "COGITATE_NATIVE"
"""Environment variable; 0 switches the kernels off."""
_FLAGS = (
    *("-O2", "-march=native", "-fopenmp", "-shared", "-fPIC", "-Wl,-Bsymbolic-functions"),
    *("-fno-trapping-math", "-fno-math-errno"),  # no more, to keep the source's order of sums
)
_TIMEOUT_S = 180
_HEAD_WIDTHS = (32, 64, 128, 256)
_PANEL, _COLUMNS = 32, 16
"""Columns per panel in `multiply`, and of quantized weights."""
_INT, _LONG, _POINTER = ctypes.c_int, ctypes.c_long, ctypes.c_void_p
_DTYPES = (torch.float32, torch.bfloat16)
"""By the number that the C functions take."""
FORMATS = ("F32", "BF16", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q4_K", "Q5_K", "Q6_K")
"""Types of stored numbers, by the number that the C functions take."""
PLAIN = FORMATS[:2]
"""Those that are not quantized."""
_PARTS = 3
"""Most parts of a matrix."""


class Part(NamedTuple):
    """Rows of a matrix [outer, in] that are stored in one of `FORMATS`, in the layout of C."""

    kind: str
    outer: int
    packed: Tensor


class Adapter(NamedTuple):
    """What an unmerged adapter adds to a product: scale * (x down^T) up^T."""

    rank: int
    """Rows of `down` and columns of `up`; even, as two bfloat16 are one word."""
    scale: float
    down: Tensor
    """[rank, in], `packed`, as `up` is."""
    up: Tensor
    """[outer, rank]."""


class Matrix:
    """A matrix in one to three parts, one below the other, its bias and its adapter.

    Example: Matrix([Part("BF16", len(weight), packed(weight))])
    """

    __slots__ = ("adapter", "bias", "kind", "outer", "parts", "words")

    def __init__(
        self, parts: Sequence[Part], bias: Tensor | None = None, adapter: Adapter | None = None
    ) -> None:
        """Keep the tensors; the bias has the dtype of the product, the adapter that of x."""
        self.parts, self.bias, self.adapter = parts, bias, adapter
        self.kind = max((part.kind for part in parts), key=FORMATS.index)
        """Of the part with the most involved format."""
        self.outer = sum(part.outer for part in parts)
        words = [len(parts), self.outer, _address(bias)]
        for part in parts:
            words += [FORMATS.index(part.kind), part.outer, part.packed.data_ptr()]
        words += [0] * (3 * (_PARTS - len(parts)))
        if adapter is None:
            words += [0] * 4
        else:
            words += [adapter.rank, _bits(adapter.scale)]
            words += [adapter.down.data_ptr(), adapter.up.data_ptr()]
        self.words = array("q", words)
        """The C structure `matrix`, in words of 64 bits."""


class LayerWeights(NamedTuple):
    """The weights of one layer; head norms are None where the architecture has none."""

    attn_norm: Tensor
    q_norm: Tensor | None
    k_norm: Tensor | None
    mlp_norm: Tensor
    qkv: Matrix
    out: Matrix
    gate_up: Matrix
    down: Matrix

    @property
    def words(self) -> "array[int]":
        """The C structure `layer`, in words of 64 bits."""
        norms = array("q", [_address(norm) for norm in self[:4]])
        return norms + self.qkv.words + self.out.words + self.gate_up.words + self.down.words


def kind_of(dtype: torch.dtype) -> str:
    """Return the name of a dtype in `FORMATS`."""
    return FORMATS[_DTYPES.index(dtype)]


def _bits(number: float) -> int:
    return array("q", array("d", [number]).tobytes())[0]


def _address(x: Tensor | None) -> int:
    return 0 if x is None else x.data_ptr()


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
    """Return whether the kernels support `x`, and no gradient is needed."""
    return not torch.is_grad_enabled() and supports(x, lanes)


def supports(x: Tensor, lanes: int = 16) -> bool:
    """Return whether the kernels support `x`: on the CPU, in whole lanes."""
    return (
        x.shape[-1] % lanes == 0
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


def norm_grad(
    x_ND: Tensor,
    weight_D: Tensor,
    grads: tuple[Tensor, Tensor | None],
    eps: float,
    *,
    rounds: bool,
    weighs: bool,
) -> tuple[Tensor, Tensor | None, Tensor | None]:
    """Return the gradients of the residual, fp32, of the summand, and of the weight.

    Args:
        x_ND: the residual with the summand added.
        weight_D: of the norm.
        grads: of the norm, in the weight's dtype, and of the residual, if it has one.
        eps: as in `add_norm`.
        rounds: whether there was a summand.
        weighs: whether the weight's gradient is needed.
    """
    grad_normed, grad_x = (None if grad is None else grad.contiguous() for grad in grads)
    dtype = weight_D.dtype
    grad, threads = torch.empty_like(x_ND), torch.get_num_threads()
    summand = torch.empty_like(x_ND, dtype=dtype) if rounds else None
    sums = x_ND.new_zeros(threads, x_ND.shape[1]) if weighs else None
    given = (x_ND, weight_D, grad_normed, grad_x, grad, summand, sums, *x_ND.shape)
    _call("norm_grad", dtype, *given, eps)
    return grad, summand, None if sums is None else sums.sum(dim=0).to(dtype)


def packed(weight: Tensor) -> Tensor:
    """Return a matrix [out, in] in the layout of `multiply`, which reads it sequentially."""
    missing = -len(weight) % _PANEL
    words = (F.pad(weight, (0, 0, 0, missing)) if missing else weight).view(torch.float32)
    panels = words.view(-1, _PANEL, words.shape[1]).transpose(1, 2).contiguous()
    return panels.view(weight.dtype)


def unpacked(panels: Tensor, rows_N: Tensor) -> Tensor:
    """Return rows [N, in] of a matrix that `packed` has put in order."""
    words = panels.view(torch.float32)
    return words[rows_N // _PANEL, :, rows_N % _PANEL].view(panels.dtype)


def multiply(x_NI: Tensor, matrix: Matrix, dtype: torch.dtype, *, eight: bool = False) -> Tensor:
    """Return x W^T + b [N, outer] in `dtype`, that of x or fp32.

    Args:
        x_NI: contiguous; of the dtype of the parts that are not quantized.
        matrix: see `Matrix`.
        dtype: of the result.
        eight: multiply x in 8 bits, with one scale for each 32 numbers, where parts are quantized.
    """
    out = torch.empty(len(x_NI), matrix.outer, dtype=dtype)
    given = (x_NI, matrix.words.buffer_info()[0], out, *x_NI.shape)
    _call("multiply", x_NI.dtype, _DTYPES.index(dtype), eight, *given)
    return out


def empty(kind: str, outer: int, inner: int) -> Tensor:
    """Return a quantized matrix of zeros [outer, inner] in the layout of `multiply`."""
    loaded = operations()
    assert loaded is not None
    num_bytes = -(-outer // _COLUMNS) * loaded.bytes_of_panel(FORMATS.index(kind), inner)
    return torch.zeros(num_bytes, dtype=torch.uint8)


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


def gated_grad(gate_up_NM: Tensor, grad_NM: Tensor) -> Tensor:
    """Return the gradient of both, concatenated, from that of `gated`."""
    out = torch.empty_like(gate_up_NM)
    _call("gated_grad", out.dtype, gate_up_NM, grad_NM, out, *grad_NM.shape)
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
    layers: Sequence[LayerWeights],
    x_ND: Tensor,
    rotary: tuple[Tensor, Tensor],
    cached: Cached,
    arch: Architecture,
    *,
    eight: bool = False,
) -> None:
    """Compute all layers for one token of each row, in one call.

    Args:
        layers: the weights.
        x_ND: the residual stream, updated in place.
        rotary: see `models.decoder.rotate`.
        cached: of all layers.
        arch: its widths must be multiples of 16.
        eight: see `multiply`.
    """
    words = array("q")  # much faster to fill than a ctypes array
    for layer in layers:
        words.extend(layer.words)
    keys, values, order, lengths = cached
    assert keys.dtype == layers[0].attn_norm.dtype
    assert len(keys) == arch.num_layers
    sizes = (_LONG * 10)(
        arch.num_layers, len(x_ND), arch.width, arch.num_heads, arch.num_kv_heads,
        arch.head_width, arch.mlp_width, keys.shape[3], keys.stride(0), eight,
    )  # fmt: skip
    _call(
        "decode", keys.dtype, words.buffer_info()[0], x_ND, *rotary, keys, values, order,
        lengths, sizes, arch.norm_eps,
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
    "norm_grad": [*[_POINTER] * 7, _LONG, _LONG, ctypes.c_float],
    "multiply": [_INT, _INT, *[_POINTER] * 3, *[_LONG] * 2],
    "rotate": [*[_POINTER] * 3, *[_LONG] * 4],
    "gated": [*[_POINTER] * 2, _LONG, _LONG],
    "gated_grad": [*[_POINTER] * 3, _LONG, _LONG],
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
    loaded.bytes_of_panel.argtypes, loaded.bytes_of_panel.restype = [_INT, _LONG], _LONG
    return loaded


def version() -> str:
    """Return a name that changes with the operations' source, compiler and processor."""
    loaded = _loaded()
    return "" if isinstance(loaded, str) else Path(loaded._name).name  # noqa: SLF001


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
    texts = (path.read_text("utf-8") for path in (SOURCE, *_HEADERS))
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
