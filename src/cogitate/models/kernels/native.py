"""The decoder's arithmetic in C (`compiled`).

Without GCC, on an accelerator, or with COGITATE_NATIVE=0, torch's operations are used, which may be
several times slower.
"""

from array import array
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from cogitate.models.architecture import Architecture
from cogitate.models.kernels.compiled import DTYPES, LONG, call, operations

_HEAD_WIDTHS = (32, 64, 128, 256)
_PANEL, _COLUMNS = 32, 16
"""Columns per panel in `multiply`, and of quantized weights."""
FORMATS = ("F32", "BF16", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q4_K", "Q5_K", "Q6_K")
"""Types of stored numbers, by the number that the C functions take."""
PLAIN = FORMATS[:2]
"""Those that are not quantized."""
WAYS = {"expanded": 0, "eight": 1, "bf16": 2, "c": 0, "onednn": 0}
"""Of `products.Way`, as numbers that the C functions take; see `multiply`."""
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
    return FORMATS[DTYPES.index(dtype)]


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

    @property
    def words(self) -> "array[int]":
        """The C structure `cached`, of all layers, in words of 64 bits."""
        found = [_address(x) for x in self]
        return array("q", [*found, len(self.lengths), self.keys.shape[3], self.keys.stride(0)])


def serves(x: Tensor, lanes: int = 16) -> bool:
    """Return whether the kernels support `x`, and no gradient is needed."""
    return not torch.is_grad_enabled() and supports(x, lanes)


def supports(x: Tensor, lanes: int = 16) -> bool:
    """Return whether the kernels support `x`: on the CPU, in whole lanes."""
    return (
        x.shape[-1] % lanes == 0
        and x.device.type == "cpu"
        and x.dtype in DTYPES
        and operations() is not None
    )


def attends(keys: Tensor) -> bool:
    """Return whether `attend` supports the head width of keys [..., d]."""
    return keys.shape[-1] in _HEAD_WIDTHS and serves(keys)


def add_norm(x_ND: Tensor, delta_ND: Tensor | None, weight_D: Tensor, eps: float) -> Tensor:
    """Add to the residual in place, fp32, and return its norm [N, D] in the weight's dtype."""
    normed = torch.empty(x_ND.shape, dtype=weight_D.dtype)
    call("add_norm", weight_D.dtype, x_ND, delta_ND, weight_D, normed, *x_ND.shape, eps)
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
    call("norm_grad", dtype, *given, eps)
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


def multiply(x_NI: Tensor, matrix: Matrix, dtype: torch.dtype, *, way: str = "expanded") -> Tensor:
    """Return x W^T + b [N, outer] in `dtype`, that of x or fp32.

    Args:
        x_NI: contiguous; of the dtype of the parts that are not quantized.
        matrix: see `Matrix`.
        dtype: of the result.
        way: of the parts that are quantized, one of `WAYS`: their numbers expanded to the dtype of
            x; x in 8 bits, with one scale for each 32 numbers; or, of x in fp32, both in bfloat16.
    """
    out = torch.empty(len(x_NI), matrix.outer, dtype=dtype)
    given = (x_NI, matrix.words.buffer_info()[0], out, *x_NI.shape)
    call("multiply", x_NI.dtype, DTYPES.index(dtype), WAYS[way], *given)
    return out


def empty(kind: str, outer: int, inner: int) -> Tensor:
    """Return a quantized matrix of zeros [outer, inner] in the layout of `multiply`."""
    loaded = operations()
    assert loaded is not None
    num_bytes = -(-outer // _COLUMNS) * loaded.bytes_of_panel(FORMATS.index(kind), inner)
    return torch.zeros(num_bytes, dtype=torch.uint8)


def rotate(x_NHd: Tensor, rotary: tuple[Tensor, Tensor]) -> Tensor:
    """Rotate queries and keys in place and return them; see `models.decoder.rotate`."""
    call("rotate", x_NHd.dtype, x_NHd, *rotary, *x_NHd.shape, x_NHd.stride(0))
    return x_NHd


def gated(gate_up_NM: Tensor) -> Tensor:
    """Return silu(gate) * up [N, M] from both, concatenated to [N, 2 M]."""
    num, both = gate_up_NM.shape
    out = gate_up_NM.new_empty(num, both // 2)
    call("gated", out.dtype, gate_up_NM, out, *out.shape)
    return out


def gated_grad(gate_up_NM: Tensor, grad_NM: Tensor) -> Tensor:
    """Return the gradient of both, concatenated, from that of `gated`."""
    out = torch.empty_like(gate_up_NM)
    call("gated_grad", out.dtype, gate_up_NM, grad_NM, out, *grad_NM.shape)
    return out


def attend(qkv: tuple[Tensor, Tensor, Tensor], cached: Cached, out_ND: Tensor) -> None:
    """Append one key and value to each row, and attend to all keys of the row.

    In tiles (Intel's AMX) queries and shares of keys are rounded to bfloat16 too.

    Args:
        qkv: queries [N, H, d], keys and values [N, K, d]; each token's are contiguous.
        cached: of one layer, contiguous; in bfloat16, or in the queries' dtype.
        out_ND: where the output is written.
    """
    q, k, v = qkv
    keys, values, order, lengths = cached
    assert q.stride(0) == k.stride(0)
    assert keys.dtype in (q.dtype, torch.bfloat16)
    call(
        "attend", q.dtype, *qkv, keys, values, out_ND, order, lengths, len(lengths),
        q.shape[1], k.shape[1], q.shape[2], keys.shape[2], q.stride(0), v.stride(0),
        DTYPES.index(keys.dtype),
    )  # fmt: skip


class Tree(NamedTuple):
    """Rows of queries in a packed sequence.

    A row attends to some tokens before it, and to its own up to each.
    """

    rows: Tensor
    """[5, R]: first token before, number of those, first own token, number of those, prompt."""
    num_prompts: int


def attends_tree(q: Tensor) -> bool:
    """Return whether `attend_tree` supports queries [N, H, d]."""
    return (
        q.dtype == torch.bfloat16
        and q.device.type == "cpu"
        and q.shape[2] % 32 == 0
        and (loaded := operations()) is not None
        and bool(loaded.has_tree_attention())
    )


def attend_tree(qkv: tuple[Tensor, Tensor, Tensor], tree: Tree) -> Tensor:
    """Return attention [N, H * d] of queries [N, H, d], keys and values [N, K, d]."""
    out = torch.empty(qkv[0].shape, dtype=qkv[0].dtype)
    _attend_tree(qkv, tree, out)
    return out.flatten(1)


def attend_tree_grad(
    qkv: tuple[Tensor, Tensor, Tensor], tree: Tree, grad_ND: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Return the gradients of queries, keys and values from that of `attend_tree`'s result."""
    q, k, v = qkv
    keys, values = (torch.zeros(x.shape, dtype=torch.float32) for x in (k, v))
    grads = torch.empty(q.shape, dtype=q.dtype), keys, values
    _attend_tree(qkv, tree, grad_ND.contiguous(), grads)
    return grads[0], grads[1].to(k.dtype), grads[2].to(v.dtype)


def _attend_tree(
    qkv: tuple[Tensor, Tensor, Tensor],
    tree: Tree,
    out: Tensor,
    grads: tuple[Tensor | None, ...] = (None, None, None),
) -> None:
    q, k, v = (x if x[0].is_contiguous() else x.contiguous() for x in qkv)
    sizes = (LONG * 6)(
        q.stride(0), k.stride(0), v.stride(0), q.shape[1], k.shape[1], q.shape[2]
    )  # fmt: skip
    call(
        "attend_tree", out.dtype, q, k, v, out, *grads, tree.rows, tree.rows.shape[1],
        tree.num_prompts, sizes,
    )  # fmt: skip


def decode(
    layers: Sequence[LayerWeights],
    x_ND: Tensor,
    rotary: tuple[Tensor, Tensor],
    cached: Sequence[Cached],
    arch: Architecture,
    *,
    way: str = "expanded",
) -> None:
    """Compute all layers for one token of each row, in one call.

    Args:
        layers: the weights.
        x_ND: the residual stream, updated in place.
        rotary: see `models.decoder.rotate`.
        cached: of all layers, in bfloat16 or the layers' dtype; the rows may be in several places.
        arch: its widths must be multiples of 16.
        way: see `multiply`.
    """
    words = array("q")  # much faster to fill than a ctypes array
    for layer in layers:
        words.extend(layer.words)
    places = array("q")
    for own in cached:
        assert own.keys.dtype in (layers[0].attn_norm.dtype, torch.bfloat16)
        assert len(own.keys) == arch.num_layers
        places.extend(own.words)
    sizes = (LONG * 10)(
        arch.num_layers, len(x_ND), arch.width, arch.num_heads, arch.num_kv_heads,
        arch.head_width, arch.mlp_width, len(cached), WAYS[way],
        DTYPES.index(cached[0].keys.dtype),
    )  # fmt: skip
    given = words.buffer_info()[0], x_ND, *rotary, places.buffer_info()[0], sizes, arch.norm_eps
    call("decode", layers[0].attn_norm.dtype, *given)


def sample(
    logits_BV: Tensor, temperature_B: Tensor, uniform_B: Tensor, forced_B: Tensor
) -> tuple[Tensor, Tensor]:
    """Return tokens [B] and their log-probabilities [B]; see `rollout.sampling.sample`."""
    tokens, logprobs = torch.empty_like(forced_B), torch.empty_like(temperature_B)
    given = (logits_BV, temperature_B, uniform_B, forced_B, tokens, logprobs)
    call("sample", logits_BV.dtype, *given, *logits_BV.shape)
    return tokens, logprobs


def score(
    logits_NV: Tensor, temperature_N: Tensor, targets_N: Tensor, kept_NV: Tensor | None
) -> Tensor:
    """Return log softmax(logits / temperature)[target] [N]; write probabilities to `kept_NV`.

    The logits, fp32, are overwritten.
    """
    logprobs = torch.empty_like(temperature_N)
    dtype = logits_NV.dtype if kept_NV is None else kept_NV.dtype
    given = (logits_NV, temperature_N, targets_N, logprobs, kept_NV)
    call("score", dtype, *given, *logits_NV.shape)
    return logprobs
