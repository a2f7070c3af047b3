"""The Hugging Face tensors that make up each fused tensor of the decoder."""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from cogitate.errors import ModelError
from cogitate.models.architecture import Architecture
from cogitate.models.decoder import Decoder
from cogitate.models.finite import finite


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One tensor of a checkpoint, with its required shape.

    Example: Part(name="model.layers.0.self_attn.k_proj.weight", shape=(192, 576))
    """

    name: str
    shape: tuple[int, ...]


_DERIVED = "rotary_emb.inv_freq"
"""Stored in older checkpoints although it follows from the configuration."""

Source = Callable[[str], Tensor]
"""A Hugging Face tensor by its name."""


def layout(arch: Architecture) -> Iterator[tuple[str, tuple[Part, ...]]]:
    """Yield each parameter of `Decoder` with the parts stacked into it, along the rows."""
    width = arch.width
    yield "embedding.weight", _part("model.embed_tokens.weight", arch.vocab_size, width)
    for index in range(arch.num_layers):
        ours, theirs = f"layers.{index}.", f"model.layers.{index}."
        for name, parts in _layer(arch):
            renamed = tuple(Part(name=theirs + part.name, shape=part.shape) for part in parts)
            yield ours + name, renamed
    yield "norm", _part("model.norm.weight", width)
    if not arch.tied:
        yield "head.weight", _part("lm_head.weight", arch.vocab_size, width)


def _layer(arch: Architecture) -> Iterator[tuple[str, tuple[Part, ...]]]:
    width, mlp = arch.width, arch.mlp_width
    rows = {"q_proj": arch.q_width, "k_proj": arch.kv_width, "v_proj": arch.kv_width}
    yield "attn_norm", _part("input_layernorm.weight", width)
    yield (
        "qkv.weight",
        tuple(Part(name=f"self_attn.{p}.weight", shape=(n, width)) for p, n in rows.items()),
    )
    if arch.qkv_bias:
        yield (
            "qkv.bias",
            tuple(Part(name=f"self_attn.{p}.bias", shape=(n,)) for p, n in rows.items()),
        )
    if arch.qk_norm:
        yield "q_norm", _part("self_attn.q_norm.weight", arch.head_width)
        yield "k_norm", _part("self_attn.k_norm.weight", arch.head_width)
    yield "out.weight", _part("self_attn.o_proj.weight", width, arch.q_width)
    yield "mlp_norm", _part("post_attention_layernorm.weight", width)
    yield (
        "gate_up.weight",
        tuple(Part(name=f"mlp.{p}.weight", shape=(mlp, width)) for p in ("gate_proj", "up_proj")),
    )
    yield "down.weight", _part("mlp.down_proj.weight", width, mlp)


def _part(name: str, *shape: int) -> tuple[Part, ...]:
    return (Part(name=name, shape=shape),)


def sizes(arch: Architecture) -> list[int]:
    """Return the number of weights in each parameter of `Decoder`."""
    return [sum(math.prod(part.shape) for part in parts) for _, parts in layout(arch)]


def build(
    arch: Architecture, source: Source, shapes: Mapping[str, tuple[int, ...]], dtype: torch.dtype
) -> Decoder:
    """Return a decoder with a checkpoint's weights, fused, in `dtype`.

    Args:
        arch: from the checkpoint's configuration.
        source: reads one tensor; each is read once, so that no second copy of all is kept.
        shapes: of every tensor in the checkpoint.
        dtype: of the decoder's weights.

    Raises:
        ModelError: a tensor is missing, unexpected, not finite, or has another shape.
    """
    check(arch, shapes)
    decoder = allocate(arch, dtype)
    weights = dict(decoder.named_parameters())
    with torch.no_grad():
        for name, parts in layout(arch):
            rows = [part.shape[0] for part in parts]
            for target, part in zip(weights[name].split(rows), parts, strict=True):
                finite(part.name, target.copy_(source(part.name)))
    return decoder


def without_weights(arch: Architecture, shapes: Mapping[str, tuple[int, ...]]) -> Decoder:
    """Return the decoder of a checkpoint, on the meta device; raise as `check` does."""
    check(arch, shapes)
    with torch.device("meta"):
        return Decoder(arch)


def allocate(arch: Architecture, dtype: torch.dtype) -> Decoder:
    """Return a decoder with uninitialised weights."""
    with torch.device("meta"):
        decoder = Decoder(arch)
    return decoder.to(dtype).to_empty(device="cpu")


def check(arch: Architecture, shapes: Mapping[str, tuple[int, ...]]) -> None:
    """Raise ModelError unless a checkpoint has exactly the tensors of the architecture."""
    expected = {part.name: part.shape for _, parts in layout(arch) for part in parts}
    given = {name: shape for name, shape in shapes.items() if not name.endswith(_DERIVED)}
    missing = sorted(expected.keys() - given.keys())
    surplus = sorted(given.keys() - expected.keys())
    if missing:
        instead = f"; it has {_some(surplus)}, which is unknown" if surplus else ""
        raise ModelError(f"the checkpoint lacks {_some(missing)}{instead}")
    if surplus:
        raise ModelError(f"the checkpoint has unknown tensors: {_some(surplus)}")
    for name, shape in expected.items():
        if tuple(given[name]) != shape:
            raise ModelError(f"{name} has shape {list(given[name])}, expected {list(shape)}")


def _some(names: list[str]) -> str:
    rest = f" and {len(names) - 1} more" if len(names) > 1 else ""
    return names[0] + rest


def unfuse(arch: Architecture, weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return Hugging Face's tensors, as views of the fused ones.

    Raises:
        ModelError: a fused one is missing, since the decoder was loaded for sampling only.
    """
    tensors: dict[str, Tensor] = {}
    for name, parts in layout(arch):
        if name not in weights:
            raise ModelError(
                f"{name} is kept for sampling only: load the model again with weights fp32 or bf16"
            )
        rows = [part.shape[0] for part in parts]
        for part, piece in zip(parts, weights[name].split(rows), strict=True):
            tensors[part.name] = piece.detach()
    return tensors
