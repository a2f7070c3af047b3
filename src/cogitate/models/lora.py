"""LoRA (arXiv 2106.09685) on the fused matrices, one adapter for each matrix inside them.

PEFT has q_proj, k_proj and v_proj where the decoder has one matrix, so each part keeps its own A
and B. The A's are stacked: one product with all A's, then one with each B.
"""

import math
from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from cogitate.models.architecture import Architecture
from cogitate.models.decoder import Decoder
from cogitate.models.kernels import native
from cogitate.models.kernels.matrix import Blocked, Linear, version
from cogitate.models.sealed import named_weights

_Frozen = tuple[Tensor, Tensor | None, Blocked, float]
"""Weight, bias, its copies, and the adapter's scale."""
_WHOLE = 32
"""Ranks are filled up to a multiple of it, as products in tiles have their inner sizes."""


class LoraLinear(nn.Module):
    """y = W x + b + scale * B (A x), with W and b frozen.

    The frozen weights keep the names that they had in `nn.Linear`.
    """

    def __init__(self, frozen: Linear, rows: list[int], *, rank: int, scale: float) -> None:
        """Share a linear layer's weights; `rows` are the output rows of its parts."""
        super().__init__()
        self.weight = frozen.weight
        self.bias = frozen.bias
        self.blocked = frozen.blocked
        self.rank = rank
        self.scale = scale
        self.lora_a = nn.Parameter(self.weight.new_empty(rank * len(rows), frozen.in_features))
        self.lora_b = nn.ParameterList(self.weight.new_zeros(n, rank) for n in rows)
        self._known: tuple[Tensor, list[tuple[int, int]], native.Matrix] | None = None

    @property
    def matrix(self) -> native.Matrix:
        """The frozen weights and the adapter in the layout of `native.multiply`."""
        parts, known = self.blocked.matrix(self.weight, self.bias).parts, self._known
        versions = [version(weight) for weight in (self.lora_a, *self.lora_b)]
        if known is None or known[0] is not parts[0].packed or known[1] != versions:
            adapted = native.Matrix(parts, self.bias, self._adapter())
            known = self._known = parts[0].packed, versions, adapted
        return known[2]

    @torch.no_grad()
    def _adapter(self) -> native.Adapter:
        down, up = self.lora_a, torch.block_diag(*self.lora_b)
        missing = -len(down) % _WHOLE
        down, up = F.pad(down, (0, 0, 0, missing)), F.pad(up, (0, missing))
        return native.Adapter(len(down), self.scale, native.packed(down), native.packed(up))

    def forward(self, x_ND: Tensor) -> Tensor:
        """Return [N, rows] from [N, D]."""
        if self.blocked.is_for_c(x_ND, self.weight):
            return native.multiply(x_ND.contiguous(), self.matrix, x_ND.dtype)
        if self.weight.device.type == "cpu":
            frozen = self.weight, self.bias, self.blocked, self.scale
            return _Adapted.apply(x_ND, frozen, self.lora_a, *self.lora_b)  # pyright: ignore[reportReturnType]
        inner = F.linear(x_ND, self.lora_a).split(self.rank, dim=-1)
        parts = [F.linear(h, b) for h, b in zip(inner, self.lora_b, strict=True)]
        product = F.linear(x_ND, self.weight, self.bias)
        return torch.add(product, torch.cat(parts, dim=-1), alpha=self.scale)

    @torch.no_grad()
    def merged(self) -> Tensor:
        """Return W + scale * B A, computed in fp32."""
        pairs = zip(self.lora_a.float().split(self.rank), self.lora_b, strict=True)
        delta = torch.cat([b.float() @ a for a, b in pairs])
        return (self.weight.float() + self.scale * delta).to(self.weight.dtype)


class _Adapted(torch.autograd.Function):
    """A `LoraLinear` on a CPU, whose sums are added in place, without a pass of their own."""

    @staticmethod
    def forward(ctx: Any, x_ND: Tensor, frozen: _Frozen, a: Tensor, *parts: Tensor) -> Tensor:
        weight, bias, blocked, scale = frozen
        product = blocked.times(x_ND, weight)
        if bias is not None:
            product += bias
        inner = F.linear(x_ND, a)
        for h, b, own in _by_part(parts, inner, product):
            own.addmm_(h, b.T, alpha=scale)
        ctx.frozen = frozen
        ctx.save_for_backward(x_ND, inner, a, *parts)
        return product

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        weight, _, blocked, scale = ctx.frozen
        x_ND, inner, a, *parts = ctx.saved_tensors
        grad = grad.contiguous()
        grad_inner, grad_parts = torch.empty_like(inner), list[Tensor]()
        for (h, b, own), into in zip(
            _by_part(parts, inner, grad), grad_inner.split(inner.shape[1] // len(parts), dim=1),
            strict=True,
        ):  # fmt: skip
            into.copy_(own @ b)
            grad_parts.append((h.T @ own).T * scale)
        grad_inner *= scale
        grad_x = None
        if ctx.needs_input_grad[0]:
            grad_x = blocked.transposed_times(grad, weight).addmm_(grad_inner, a)
        return grad_x, None, grad_inner.T @ x_ND, *grad_parts


def _by_part(
    parts: Sequence[Tensor], inner: Tensor, outer: Tensor
) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Yield the columns of `inner` [N, parts * rank], the B, and the columns of `outer`."""
    ranks = inner.split(inner.shape[1] // len(parts), dim=1)
    return zip(ranks, parts, outer.split([len(b) for b in parts], dim=1), strict=True)


def apply(decoder: Decoder, *, rank: int, alpha: float, seed: int) -> None:
    """Freeze a decoder and add an adapter to each matrix of its blocks, in place.

    A is uniform as in `nn.Linear` and B is zero (PEFT's default), so outputs do not change at
    first. The effective scale is alpha / rank.
    """
    for weight in decoder.parameters():
        weight.requires_grad = False
    generator = torch.Generator().manual_seed(seed)
    for layer in decoder.layers:
        for name, rows in _rows(decoder.arch).items():
            adapted = LoraLinear(getattr(layer, name), rows, rank=rank, scale=alpha / rank)
            bound = 1 / math.sqrt(adapted.weight.shape[1])
            with torch.no_grad():
                adapted.lora_a.uniform_(-bound, bound, generator=generator)
            setattr(layer, name, adapted)


def _rows(arch: Architecture) -> dict[str, list[int]]:
    """Return the output rows of each part of the four fused matrices."""
    return {
        "qkv": [arch.q_width, arch.kv_width, arch.kv_width],
        "out": [arch.width],
        "gate_up": [arch.mlp_width, arch.mlp_width],
        "down": [arch.width],
    }


def adapters(decoder: Decoder) -> Iterator[tuple[str, LoraLinear]]:
    """Yield the adapted matrices by name, such as "layers.0.qkv"; none without LoRA."""
    for name, module in decoder.named_modules():
        if isinstance(module, LoraLinear):
            yield name, module


def rank(decoder: Decoder) -> int:
    """Return the rank of a decoder's adapters, 0 without any."""
    return next((adapted.rank for _, adapted in adapters(decoder)), 0)


def plain(decoder: Decoder) -> Decoder:
    """Return a decoder with the adapters merged in; the same one if it has none."""
    if not rank(decoder):
        return decoder
    with torch.device("meta"):
        found = Decoder(decoder.arch)
    found.load_state_dict(merged(decoder), assign=True)
    return found


def merged(decoder: Decoder) -> dict[str, Tensor]:
    """Return the weights of a plain `Decoder`, with any adapters merged in."""
    weights = {name: own for name, own in named_weights(decoder) if ".lora_" not in name}
    for name, adapted in adapters(decoder):
        weights[f"{name}.weight"] = adapted.merged()
    return weights
