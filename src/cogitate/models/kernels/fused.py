"""The decoder's small operations in C, also where gradients are needed.

In torch each is several operations, of which each reads and writes all of its numbers, forward and
backward. Here both are one pass.
"""

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from cogitate.models.kernels import native


def add_norm(
    x_ND: Tensor, delta_ND: Tensor | None, weight_D: Tensor, eps: float
) -> tuple[Tensor, Tensor]:
    """Return the residual stream with `delta` added, and its norm [N, D].

    Without a gradient the stream is changed in place.
    """
    if torch.is_grad_enabled():
        return _AddNorm.apply(x_ND, delta_ND, weight_D, eps)  # pyright: ignore[reportReturnType]
    return x_ND, native.add_norm(x_ND, delta_ND, weight_D, eps)


def gated(gate_up_NM: Tensor) -> Tensor:
    """Return silu(gate) * up [N, M] from both, concatenated to [N, 2 M]."""
    if torch.is_grad_enabled():
        return _Gated.apply(gate_up_NM)  # pyright: ignore[reportReturnType]
    return native.gated(gate_up_NM)


def rotate(x_NHd: Tensor, rotary: tuple[Tensor, Tensor]) -> Tensor:
    """Return queries and keys with their positions; without a gradient they change in place."""
    if torch.is_grad_enabled():
        return _Rotate.apply(x_NHd, *rotary)  # pyright: ignore[reportReturnType]
    return native.rotate(x_NHd, rotary)


def attend_tree(q_NHd: Tensor, k_NKd: Tensor, v_NKd: Tensor, tree: native.Tree) -> Tensor:
    """Return attention [N, H * d] within a packed sequence; see `native.Tree`."""
    if torch.is_grad_enabled():
        return _AttendTree.apply(q_NHd, k_NKd, v_NKd, tree)  # pyright: ignore[reportReturnType]
    return native.attend_tree((q_NHd, k_NKd, v_NKd), tree)


class _AddNorm(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, x_ND: Tensor, delta_ND: Tensor | None, weight_D: Tensor, eps: float
    ) -> tuple[Tensor, Tensor]:
        x_ND = x_ND.clone() if delta_ND is None else x_ND + delta_ND
        ctx.save_for_backward(x_ND, weight_D)
        ctx.eps, ctx.adds = eps, delta_ND is not None
        return x_ND, native.add_norm(x_ND, None, weight_D, eps)

    @staticmethod
    def backward(
        ctx: Any, grad_x: Tensor | None, grad_normed: Tensor
    ) -> tuple[Tensor, Tensor | None, Tensor | None, None]:
        x_ND, weight_D = ctx.saved_tensors
        needs_weight = ctx.needs_input_grad[2]
        grads = native.norm_grad(
            x_ND, weight_D, (grad_normed, grad_x), ctx.eps, rounds=ctx.adds, weighs=needs_weight
        )
        return *grads, None


class _Gated(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, gate_up_NM: Tensor) -> Tensor:
        ctx.save_for_backward(gate_up_NM)
        return native.gated(gate_up_NM)

    @staticmethod
    def backward(ctx: Any, grad_NM: Tensor) -> Tensor:
        (gate_up_NM,) = ctx.saved_tensors
        return native.gated_grad(gate_up_NM, grad_NM.contiguous())


class _Rotate(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x_NHd: Tensor, cos: Tensor, signed_sin: Tensor) -> Tensor:
        ctx.save_for_backward(cos, signed_sin)
        return native.rotate(x_NHd.clone(memory_format=torch.contiguous_format), (cos, signed_sin))

    @staticmethod
    def backward(ctx: Any, grad_NHd: Tensor) -> tuple[Tensor, None, None]:
        cos, signed_sin = ctx.saved_tensors
        back = cos, signed_sin.roll(signed_sin.shape[-1] // 2, dims=-1)
        grad_NHd = grad_NHd.clone(memory_format=torch.contiguous_format)
        return native.rotate(grad_NHd, back), None, None


class _AttendTree(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, q: Tensor, k: Tensor, v: Tensor, tree: native.Tree) -> Tensor:
        ctx.save_for_backward(q, k, v)
        ctx.tree = tree
        return native.attend_tree((q, k, v), tree)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad_ND: Tensor) -> tuple[Tensor, Tensor, Tensor, None]:
        q, k, v = ctx.saved_tensors
        return *native.attend_tree_grad((q, k, v), ctx.tree, grad_ND), None
