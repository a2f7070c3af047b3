"""LoRA (arXiv 2106.09685) on the fused matrices, one adapter for each matrix inside them.

PEFT has q_proj, k_proj and v_proj where the decoder has one matrix, so each part keeps its own A
and B. The A's are stacked: one product with all A's, then one with each B.
"""

import math
from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from cogitate.models.architecture import Architecture
from cogitate.models.decoder import Decoder
from cogitate.models.kernels import native
from cogitate.models.kernels.matrix import Linear, matmul, version
from cogitate.models.sealed import named_weights


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
        odd = len(down) % 2
        down, up = F.pad(down, (0, 0, 0, odd)), F.pad(up, (0, odd))
        return native.Adapter(len(down), self.scale, native.packed(down), native.packed(up))

    def forward(self, x_ND: Tensor) -> Tensor:
        """Return [N, rows] from [N, D]."""
        inner = F.linear(x_ND, self.lora_a).split(self.rank, dim=-1)
        parts = [F.linear(h, b) for h, b in zip(inner, self.lora_b, strict=True)]
        product = matmul(x_ND, self.weight, self.blocked)
        product = product if self.bias is None else product + self.bias
        return torch.add(product, torch.cat(parts, dim=-1), alpha=self.scale)

    @torch.no_grad()
    def merged(self) -> Tensor:
        """Return W + scale * B A, computed in fp32."""
        pairs = zip(self.lora_a.float().split(self.rank), self.lora_b, strict=True)
        delta = torch.cat([b.float() @ a for a, b in pairs])
        return (self.weight.float() + self.scale * delta).to(self.weight.dtype)


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
