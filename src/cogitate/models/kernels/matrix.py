"""Matrix products with weights in a packed layout.

A product with a weight that is read sequentially is several times as fast as one with torch's plain
layout. A `Blocked` keeps packed copies of one weight and renews them when the weight changes; both
sampler and learner multiply through it. Copies are in the layout of `native` or of oneDNN,
whichever is faster for the number of rows (`products`); where neither is available (an
accelerator), the plain weight is used.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from cogitate.models.kernels import native, onednn, pages, products


class Blocked:
    """The products x W^T and y W with one weight [out, in], which may change between calls."""

    __slots__ = ("_back", "_copies", "_matrix")

    def __init__(self) -> None:
        """Start empty; the first product of each kind makes its copy."""
        self._copies: dict[Callable[[Tensor], Tensor], tuple[tuple[int, int], Tensor, Tensor]] = {}
        self._matrix: native.Matrix | None = None
        self._back: Blocked | None = None
        """The same for the transposed weight, made by the first gradient."""

    def times(self, x_NI: Tensor, weight: Tensor) -> Tensor:
        """Return x W^T, [N, out], without a gradient."""
        return self._product(x_NI, weight, weight.dtype)

    def precise_times(self, x_NI: Tensor, weight: Tensor) -> Tensor:
        """Return x W^T, [N, out], in fp32 for any dtype of both, without a gradient."""
        return self._product(x_NI, weight, torch.float32)

    def transposed_times(self, y_NO: Tensor, weight: Tensor) -> Tensor:
        """Return y W, [N, in], without a gradient."""
        self._back = self._back or Blocked()
        return self._back.times(y_NO, weight.T)

    def matrix(self, weight: Tensor, bias: Tensor | None = None) -> native.Matrix:
        """Return the weight in the layout of `native.multiply`."""
        packed, known = self._copy(weight, native.packed), self._matrix
        if known is None or known.parts[0].packed is not packed or known.bias is not bias:
            part = native.Part(native.kind_of(weight.dtype), len(weight), packed)
            known = self._matrix = native.Matrix([part], bias)
        return known

    def _product(self, x_NI: Tensor, weight: Tensor, dtype: torch.dtype) -> Tensor:
        if self.is_for_c(x_NI, weight, dtype):
            x_NI = x_NI.to(weight.dtype).contiguous()
            return native.multiply(x_NI, self.matrix(weight), dtype)
        if not onednn.serves(weight):
            return _plain(x_NI, weight, dtype)
        make = onednn.blocked if dtype == weight.dtype else _precise
        return onednn.times(x_NI.to(dtype), self._copy(weight, make))

    @staticmethod
    def is_for_c(x_NI: Tensor, weight: Tensor, dtype: torch.dtype | None = None) -> bool:
        """Return whether our C is the fastest, without a gradient.

        It alone multiplies bf16 into fp32, as which `dtype` may name that of the product.
        """
        if not native.serves(weight):
            return False
        if dtype not in (None, weight.dtype):
            return True
        kind, (outer, inner) = native.kind_of(weight.dtype), weight.shape
        return products.way(kind, weight.dtype, len(x_NI), inner, outer) == "c"

    def _copy(self, weight: Tensor, make: Callable[[Tensor], Tensor]) -> Tensor:
        key, known = version(weight), self._copies.get(make)
        if known is None or known[0] != key:
            plain = weight.detach()  # kept, so that its memory is not reused
            known = self._copies[make] = key, plain, make(plain.contiguous())
        return known[2]


class Plain(Blocked):
    """The same products by torch, without copies: for weights that are gathered for each pass."""

    __slots__ = ()

    def transposed_times(self, y_NO: Tensor, weight: Tensor) -> Tensor:
        """Return y W, [N, in], without a gradient."""
        return y_NO @ weight

    def _product(self, x_NI: Tensor, weight: Tensor, dtype: torch.dtype) -> Tensor:
        return _plain(x_NI, weight, dtype)

    @staticmethod
    def is_for_c(x_NI: Tensor, weight: Tensor, dtype: torch.dtype | None = None) -> bool:
        """Return False: our C multiplies by copies."""
        del x_NI, weight, dtype
        return False


class Linear(nn.Linear):
    """`nn.Linear` over packed tokens [N, in] that multiplies through a `Blocked`."""

    def __init__(self, in_features: int, out_features: int, *, bias: bool = False) -> None:
        """Allocate as `nn.Linear` does."""
        super().__init__(in_features, out_features, bias=bias)
        self.blocked = Blocked()

    @property
    def matrix(self) -> native.Matrix:
        """The weight and bias in the layout of `native.multiply`."""
        return self.blocked.matrix(self.weight, self.bias)

    def forward(self, input: Tensor) -> Tensor:
        """Return x W^T + b, [N, out]."""
        if self.weight.device.type != "cpu":
            return F.linear(input, self.weight, self.bias)
        product = matmul(input, self.weight, self.blocked)
        return product if self.bias is None else product + self.bias


class PackedLinear(nn.Module):
    """A `Linear` that keeps its weight once, in the layout of `native`; without a gradient.

    A copy in oneDNN's layout is made when first needed, where that is faster for some number of
    rows. It may also be an embedding, as which it returns `rows`.

    Example: PackedLinear(linear.weight, linear.bias)(x_NI)
    """

    def __init__(self, weight: Tensor, bias: Tensor | None = None) -> None:
        """Pack the weight [out, in], for which `native.serves`."""
        super().__init__()
        self.bias = None if bias is None else bias.detach()
        packed = native.packed(weight.detach())
        part = native.Part(native.kind_of(weight.dtype), len(weight), packed)
        self.matrix = native.Matrix([part], self.bias)
        self._reordered: Tensor | None = None

    def forward(self, x_NI: Tensor, dtype: torch.dtype | None = None) -> Tensor:
        """Return x W^T + b, [N, out], in `dtype`, by default that of x."""
        kind, outer, _ = self.matrix.parts[0]
        if dtype in (None, x_NI.dtype):
            way = products.way(kind, x_NI.dtype, len(x_NI), x_NI.shape[1], outer)
            if way == "onednn":
                return self._onednn_times(x_NI)
        return native.multiply(x_NI.contiguous(), self.matrix, dtype or x_NI.dtype)

    def move(self, copy: pages.Copy) -> None:
        """Keep a copy of the weight in place of it."""
        self.matrix = pages.moved(self.matrix, copy)

    def rows(self, rows_N: Tensor) -> Tensor:
        """Return rows of the weight, [N, in]."""
        return native.unpacked(self.matrix.parts[0].packed, rows_N)

    @property
    def weight(self) -> Tensor:
        """A copy of the weight, [out, in]."""
        return self.rows(torch.arange(self.matrix.outer))

    def _onednn_times(self, x_NI: Tensor) -> Tensor:
        if self._reordered is None:
            self._reordered = onednn.blocked(self.weight)
        product = onednn.times(x_NI, self._reordered)
        return product if self.bias is None else product + self.bias


def matmul(x_NI: Tensor, weight: Tensor, blocked: Blocked) -> Tensor:
    """Return x W^T, [N, out], differentiable in both."""
    if weight.device.type != "cpu":
        return F.linear(x_NI, weight)
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


def version(weight: Tensor) -> tuple[int, int]:
    """Return a key that changes with the weight: its address and its version counter."""
    return weight.data_ptr(), weight._version


def _precise(weight: Tensor) -> Tensor:
    return onednn.blocked(weight.float())


def _plain(x_NI: Tensor, weight: Tensor, dtype: torch.dtype) -> Tensor:
    """Return x W^T [N, out] in `dtype` by torch; a GPU multiplies bf16 with sums in fp32."""
    if dtype != weight.dtype and weight.is_cuda and _mixes(weight.dtype, dtype):
        return torch.mm(x_NI.to(weight.dtype), weight.T, out_dtype=dtype)
    return F.linear(x_NI.to(dtype), weight.to(dtype))


@cache
def _mixes(dtype: torch.dtype, out: torch.dtype) -> bool:
    """Return whether the GPU's library multiplies `dtype` into `out`."""
    one = torch.ones(16, 16, dtype=dtype, device="cuda")
    try:
        torch.mm(one, one, out_dtype=out)
    except torch.OutOfMemoryError:
        raise
    except (RuntimeError, TypeError):
        return False
    return True
