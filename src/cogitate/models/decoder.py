"""The one decoder: grouped-query attention, rotary positions, RMSNorm, gated MLP.

It works on packed tokens [N] without a batch dimension. The `Attention` passed in decides what each
token attends to (a cache when decoding, a tree when learning), so that sampler and learner run the
same arithmetic.
"""

import math
from collections.abc import Sequence
from typing import Protocol, cast, runtime_checkable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from cogitate.hardware.transfer import send
from cogitate.models.architecture import Architecture
from cogitate.models.kernels import fused, native
from cogitate.models.kernels.matrix import Blocked, Linear, PackedLinear
from cogitate.models.kernels.quantized import QuantizedLinear

Residual = tuple[Tensor, Tensor | None]
"""The residual stream [N, D] in fp32, and a summand [N, D] not yet added to it."""


class Attention(Protocol):
    """Attention of packed tokens; called once per layer, in order."""

    def __call__(self, layer: int, q_NHd: Tensor, k_NKd: Tensor, v_NKd: Tensor) -> Tensor:
        """Return [N, H * d] from queries [N, H, d] and keys and values [N, K, d]."""
        ...


@runtime_checkable
class AllLayers(Protocol):
    """An attention that may compute all layers in one call."""

    def all_layers(
        self, layers: Sequence["Layer"], x_ND: Tensor, rotary: tuple[Tensor, Tensor]
    ) -> bool:
        """Apply all layers to the residual stream in place and return True, or return False."""
        ...


class Layer(nn.Module):
    """One block: attention and MLP, each with a norm before it, added to the residual."""

    def __init__(self, arch: Architecture) -> None:
        """Allocate the fused matrices; values come from a checkpoint or `Decoder.init`."""
        super().__init__()
        self.arch = arch
        self.attn_norm = nn.Parameter(torch.ones(arch.width))
        self.qkv = Linear(arch.width, arch.q_width + 2 * arch.kv_width, bias=arch.qkv_bias)
        if arch.qk_norm:
            self.q_norm = nn.Parameter(torch.ones(arch.head_width))
            self.k_norm = nn.Parameter(torch.ones(arch.head_width))
        self.out = Linear(arch.q_width, arch.width)
        self.mlp_norm = nn.Parameter(torch.ones(arch.width))
        self.gate_up = Linear(arch.width, 2 * arch.mlp_width)
        self.down = Linear(arch.mlp_width, arch.width)

    def forward(
        self, index: int, residual: Residual, rotary: tuple[Tensor, Tensor], attention: Attention
    ) -> Residual:
        """Return the residual stream after this block."""
        x_ND, q, k, v = self.before_attention(residual, rotary)
        return self.after_attention(x_ND, attention(index, q, k, v))

    def before_attention(
        self, residual: Residual, rotary: tuple[Tensor, Tensor]
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return the residual stream, queries [N, H, d], keys and values [N, K, d]."""
        arch = self.arch
        x_ND, normed_ND = add_norm(residual, self.attn_norm, arch.norm_eps)
        qkv = self.qkv(normed_ND)
        heads = qkv.view(qkv.shape[0], arch.num_heads + 2 * arch.num_kv_heads, arch.head_width)
        qk, v = heads.split([arch.num_heads + arch.num_kv_heads, arch.num_kv_heads], dim=1)
        if arch.qk_norm:
            q, k = qk.split([arch.num_heads, arch.num_kv_heads], dim=1)
            q = rms_norm(q, self.q_norm, arch.norm_eps)
            k = rms_norm(k, self.k_norm, arch.norm_eps)
            qk = torch.cat([q, k], dim=1)
        q, k = rotate(qk, rotary).split([arch.num_heads, arch.num_kv_heads], dim=1)
        return x_ND, q, k, v

    def after_attention(self, x_ND: Tensor, mixed_ND: Tensor) -> Residual:
        """Return the residual stream after this block, from what attention returned."""
        mixed_ND = self.out(mixed_ND)
        x_ND, normed_ND = add_norm((x_ND, mixed_ND), self.mlp_norm, self.arch.norm_eps)
        return x_ND, self.down(gated(self.gate_up(normed_ND)))

    def compile_parts(self, backend: str = "inductor") -> None:
        """Compile what is before and after attention, for any number of tokens.

        Attention itself stays as it is: what it is given changes with each batch. Variants are with
        and without gradients, for one token and more, and for the first layer.
        """
        torch._dynamo.config.recompile_limit = max(32, torch._dynamo.config.recompile_limit)
        for name in ("before_attention", "after_attention"):
            setattr(self, name, torch.compile(getattr(self, name), dynamic=True, backend=backend))

    @property
    def kind(self) -> str:
        """The most involved type of the matrices' numbers, one of `native.FORMATS`."""
        kinds = [
            own.matrix.kind
            if isinstance(own, (PackedLinear, QuantizedLinear))
            else native.kind_of(own.weight.dtype)
            for own in (self.qkv, self.out, self.gate_up, self.down)
        ]
        return max(kinds, key=native.FORMATS.index)

    @property
    def weights(self) -> native.LayerWeights:
        """All weights in the layout of `native.decode`."""
        matrices = [m.matrix for m in (self.qkv, self.out, self.gate_up, self.down)]
        norms = (self.q_norm, self.k_norm) if self.arch.qk_norm else (None, None)
        return native.LayerWeights(self.attn_norm, *norms, self.mlp_norm, *matrices)


class Decoder(nn.Module):
    """From tokens and positions to hidden states; `logits` gives the logits of some."""

    def __init__(self, arch: Architecture) -> None:
        """Allocate the weights; `init` or `cogitate.models.load` gives their values."""
        super().__init__()
        self.arch = arch
        rows, width = arch.vocab_size, arch.width
        self.embedding = nn.Embedding(rows, width, _weight=torch.empty(rows, width))
        self.layers = nn.ModuleList(Layer(arch) for _ in range(arch.num_layers))
        self.norm = nn.Parameter(torch.ones(arch.width))
        self.head: Linear | PackedLinear | QuantizedLinear | None = None
        if not arch.tied:
            self.head = Linear(arch.width, arch.vocab_size)
        self._frequencies = rotary_frequencies(arch)
        self.head_blocked = Blocked()

    @torch.no_grad()
    def init(self, generator: torch.Generator) -> None:
        """Initialise the weights from normal distributions.

        A matrix preserves the variance of its input (LeCun 1998, section 4.6): at small widths
        GPT-2's standard deviation of 0.02 makes the layers' outputs negligible for the first
        hundred steps. Projections into the residual are scaled down by depth, as in GPT-2.
        """
        for name, weight in self.named_parameters():
            if weight.dim() < 2:
                weight.fill_(0.0 if name.endswith("bias") else 1.0)
            elif name == "embedding.weight":
                weight.normal_(0.0, 0.02, generator=generator)
            else:
                into_residual = name.endswith(("out.weight", "down.weight"))
                scale = 1 / math.sqrt(2 * self.arch.num_layers) if into_residual else 1.0
                weight.normal_(0.0, scale / math.sqrt(weight.shape[1]), generator=generator)

    def forward(self, tokens_N: Tensor, positions_N: Tensor, attention: Attention) -> Tensor:
        """Return the normalised hidden states [N, D] of tokens [N] at positions [N]."""
        rotary = self.rotary(positions_N, self.dtype)
        residual: Residual = (self._embedded(tokens_N).float(), None)
        layers = cast("Sequence[Layer]", self.layers)
        if isinstance(attention, AllLayers) and attention.all_layers(layers, residual[0], rotary):
            return add_norm(residual, self.norm, self.arch.norm_eps)[1]
        for index, layer in enumerate(layers):
            residual = layer(index, residual, rotary, attention)
        return add_norm(residual, self.norm, self.arch.norm_eps)[1]

    def _embedded(self, tokens_N: Tensor) -> Tensor:
        if isinstance(self.embedding, PackedLinear):  # also the head
            return self.embedding.rows(tokens_N)
        return self.embedding(tokens_N)

    @property
    def dtype(self) -> torch.dtype:
        """The dtype of activations, and of weights that are not quantized."""
        return self.norm.dtype

    def rotary(self, positions_N: Tensor, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
        """Return cosines and signed sines [N, 1, d] for `rotate`."""
        if self._frequencies.device != positions_N.device:  # once
            self._frequencies = send(self._frequencies, positions_N.device)
        angles = positions_N[:, None].float() * self._frequencies
        cos, sin = angles.cos(), angles.sin()
        cos = torch.cat([cos, cos], dim=-1)[:, None]
        sin = torch.cat([-sin, sin], dim=-1)[:, None]
        return cos.to(dtype), sin.to(dtype)

    @property
    def head_weight(self) -> Tensor:
        """The output matrix [V, D]."""
        return self.embedding.weight if self.head is None else cast("Tensor", self.head.weight)

    @torch.no_grad()
    def logits(self, hidden_ND: Tensor) -> Tensor:
        """Return logits [N, V] in fp32, without a gradient.

        In bf16 the logits and log-probabilities would have errors of several hundredths.
        """
        head = self.embedding if self.head is None else self.head
        if isinstance(head, (PackedLinear, QuantizedLinear)):
            return head(hidden_ND, torch.float32)
        return self.head_blocked.precise_times(hidden_ND, self.head_weight)


def add_norm(residual: Residual, weight_D: Tensor, eps: float) -> tuple[Tensor, Tensor]:
    """Return the residual stream with its summand added, and its norm [N, D]."""
    x_ND, delta_ND = residual
    if native.supports(x_ND) and native.supports(weight_D):
        return fused.add_norm(x_ND, delta_ND, weight_D, eps)
    x_ND = x_ND if delta_ND is None else x_ND + delta_ND
    return x_ND, rms_norm(x_ND, weight_D, eps)


def gated(gate_up_NM: Tensor) -> Tensor:
    """Return silu(gate) * up [N, M] from both, concatenated to [N, 2 M] (SwiGLU, 2002.05202)."""
    if native.supports(gate_up_NM, lanes=32):
        return fused.gated(gate_up_NM)
    gate, up = gate_up_NM.chunk(2, dim=-1)
    return F.silu(gate) * up


def rms_norm(x: Tensor, weight: Tensor, eps: float) -> Tensor:
    """RMS norm over the last dimension (arXiv 1910.07467): fp32 in, weight's dtype out.

    The residual stream stays in fp32. In bf16 every addition would round, and at the last layer two
    orders of summation would differ by several hundredths of a log-probability.
    """
    return F.rms_norm(x.float(), (x.shape[-1],), None, eps).to(weight.dtype) * weight


def rotate(x_NHd: Tensor, rotary: tuple[Tensor, Tensor]) -> Tensor:
    """Rotary position embedding (arXiv 2104.09864) of [N, H, d], by halves as in Hugging Face.

    It may work in place.
    """
    if native.supports(x_NHd, lanes=32):
        return fused.rotate(x_NHd, rotary)
    cos, signed_sin = rotary
    return x_NHd * cos + x_NHd.roll(x_NHd.shape[-1] // 2, dims=-1) * signed_sin


def rotary_frequencies(arch: Architecture) -> Tensor:
    """Return the angle per position of each pair [d / 2], in radians and fp32."""
    pairs = torch.arange(0, arch.head_width, 2, dtype=torch.int64, device="cpu")  # never meta
    exponents = pairs.float() / arch.head_width
    frequencies = 1.0 / (arch.rope_theta**exponents)
    scaling = arch.rope_scaling
    if scaling is None:
        return frequencies
    wavelengths = 2 * math.pi / frequencies
    smooth = (scaling.original_context / wavelengths - scaling.low_freq_factor) / (
        scaling.high_freq_factor - scaling.low_freq_factor
    )
    smooth = smooth.clamp(0.0, 1.0)
    return frequencies * ((1 - smooth) / scaling.factor + smooth)
