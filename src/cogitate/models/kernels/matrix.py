"""Matrix products with weights in a packed layout.

A product with a weight that is read sequentially is several times as fast as one with torch's plain
layout. A `Blocked` keeps packed copies of one weight and renews them when the weight changes; both
sampler and learner multiply through it. Copies are in the layout of `native` or, if that is not
available and for gradients, of oneDNN; otherwise (an accelerator, no oneDNN) the plain weight is
used.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from cogitate.models.kernels import native

_ROWS = 64
"""Rows of input for which oneDNN's layout is chosen; measured to be good for 1 to 4,096."""


class Blocked:
    """The products x W^T and y W with one weight [out, in], which may change between calls."""

    __slots__ = ("_copies",)

    def __init__(self) -> None:
        """Start empty; the first product of each kind makes its copy."""
        self._copies: dict[Callable[[Tensor], Tensor], tuple[tuple[int, int], Tensor, Tensor]] = {}

    def times(self, x_NI: Tensor, weight: Tensor) -> Tensor:
        """Return x W^T, [N, out], without a gradient."""
        return self._product(x_NI, weight, weight.dtype)

    def precise_times(self, x_NI: Tensor, weight: Tensor) -> Tensor:
        """Return x W^T, [N, out], in fp32 for any dtype of both, without a gradient."""
        return self._product(x_NI, weight, torch.float32)

    def transposed_times(self, y_NO: Tensor, weight: Tensor) -> Tensor:
        """Return y W, [N, in], without a gradient."""
        if not _blocks(weight):
            return y_NO @ weight
        return _times_blocked(y_NO, self._copy(weight, _blocked_transposed))

    def packed(self, weight: Tensor) -> Tensor:
        """Return the weight in the layout of `native.multiply`."""
        return self._copy(weight, native.packed)

    def _product(self, x_NI: Tensor, weight: Tensor, dtype: torch.dtype) -> Tensor:
        if native.serves(weight):
            x_NI = x_NI.to(weight.dtype).contiguous()
            return native.multiply(x_NI, self.packed(weight), len(weight), dtype)
        if not _blocks(weight):
            return F.linear(x_NI.to(dtype), weight.to(dtype))
        make = _blocked if dtype == weight.dtype else _blocked_precise
        return _times_blocked(x_NI.to(dtype), self._copy(weight, make))

    def _copy(self, weight: Tensor, make: Callable[[Tensor], Tensor]) -> Tensor:
        key, known = _key(weight), self._copies.get(make)
        if known is None or known[0] != key:
            plain = weight.detach()  # kept, so that its memory is not reused
            known = self._copies[make] = key, plain, make(plain)
        return known[2]


class Linear(nn.Linear):
    """`nn.Linear` over packed tokens [N, in] that multiplies through a `Blocked`."""

    def __init__(self, in_features: int, out_features: int, *, bias: bool = False) -> None:
        """Allocate as `nn.Linear` does."""
        super().__init__(in_features, out_features, bias=bias)
        self.blocked = Blocked()

    def forward(self, input: Tensor) -> Tensor:
        """Return x W^T + b, [N, out]."""
        product = matmul(input, self.weight, self.blocked)
        return product if self.bias is None else product + self.bias


def matmul(x_NI: Tensor, weight: Tensor, blocked: Blocked) -> Tensor:
    """Return x W^T, [N, out], differentiable in both."""
    if torch.is_grad_enabled():
        return _Product.apply(x_NI, weight, blocked)  # pyright: ignore[reportReturnType]
    return blocked.times(x_NI, weight)


class _Product(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x_NI: Tensor, weight: Tensor, blocked: Blocked) -> Tensor:
        ctx.save_for_backward(x_NI, weight)
        ctx.blocked = blocked
        return blocked.times(x_NI, weight)

    @staticmethod
    def backward(ctx: Any, grad_NO: Tensor) -> tuple[Tensor | None, Tensor | None, None]:
        x_NI, weight = ctx.saved_tensors
        needs_x, needs_weight, _ = ctx.needs_input_grad
        grad_NO = grad_NO.contiguous()
        grad_x = ctx.blocked.transposed_times(grad_NO, weight) if needs_x else None
        grad_weight = grad_NO.T @ x_NI if needs_weight else None
        return grad_x, grad_weight, None


def _blocks(weight: Tensor) -> bool:
    return weight.device.type == "cpu" and _processor_blocks(weight.dtype)


@cache
def _processor_blocks(dtype: torch.dtype) -> bool:
    if not torch.backends.mkldnn.is_available():
        return False
    return dtype == torch.float32 or (
        dtype == torch.bfloat16 and torch.ops.mkldnn._is_mkldnn_bf16_supported()
    )


def _key(weight: Tensor) -> tuple[int, int]:
    """Return a key that changes with the weight: its address and its version counter."""
    return weight.data_ptr(), weight._version


def _times_blocked(x_NI: Tensor, blocked: Tensor) -> Tensor:
    return torch.ops.mkldnn._linear_pointwise(x_NI, blocked, None, "none", [], "")


@torch.no_grad()
def _blocked(weight: Tensor) -> Tensor:
    return torch.ops.mkldnn._reorder_linear_weight(weight, _ROWS)


def _blocked_precise(weight: Tensor) -> Tensor:
    return _blocked(weight.float())


def _blocked_transposed(weight: Tensor) -> Tensor:
    return _blocked(weight.T.contiguous())
