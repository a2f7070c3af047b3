"""A GGUF file: its architecture and tensors, a policy from it, and one written to it."""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from cogitate.disk import pointer
from cogitate.errors import ModelError
from cogitate.models.architecture import Architecture, RopeScaling
from cogitate.models.decoder import rotary_frequencies
from cogitate.models.finite import finite
from cogitate.models.gguf import header as headers
from cogitate.models.gguf.header import Stored, unsupported
from cogitate.models.layout import build, layout, unfuse, without_weights
from cogitate.models.lora import merged
from cogitate.models.policy import Policy
from cogitate.models.store import appearing_file
from cogitate.tokenizer import Tokenizer

if TYPE_CHECKING:
    from gguf import GGUFWriter

FAMILIES = ("llama", "qwen2", "qwen3")

_LAYER_NAMES = {
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "self_attn.q_norm": "attn_q_norm",
    "self_attn.k_norm": "attn_k_norm",
    "input_layernorm": "attn_norm",
    "post_attention_layernorm": "ffn_norm",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}
_OUTER_NAMES = {
    "model.embed_tokens.weight": "token_embd.weight",
    "model.norm.weight": "output_norm.weight",
    "lm_head.weight": "output.weight",
}

_KNOWN = {
    "context_length",
    "embedding_length",
    "block_count",
    "feed_forward_length",
    "vocab_size",
    "attention.head_count",
    "attention.head_count_kv",
    "attention.key_length",
    "attention.value_length",
    "attention.layer_norm_rms_epsilon",
    "attention.causal",
    "rope.dimension_count",
    "rope.freq_base",
    "rope.scaling.type",
    "rope.scaling.finetuned",
    "rope.scaling.original_context_length",
    "tensor_data_layout",
}
"""Keys of an architecture that are read or have no effect; others must be false, 0 or empty."""

_ROWS = 4096
"""Rows that are dequantised at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GGUF:
    """An open file: its architecture, metadata, and tensors by Hugging Face's names."""

    arch: Architecture
    fields: Mapping[str, Any]
    """Plain Python values, such as {"tokenizer.ggml.pre": "smollm"}."""
    tensors: Mapping[str, Stored]
    shapes: Mapping[str, tuple[int, ...]]

    def read(self, name: str) -> Tensor:
        """Return one tensor in fp32, rows in Hugging Face's order."""
        from gguf.quants import dequantize

        stored = self.tensors[name]
        rows = np.atleast_2d(stored.data)
        weight = torch.empty(len(rows), stored.shape[0])
        for i in range(0, len(rows), _ROWS):  # at once it would take several times the memory
            own = dequantize(rows[i : i + _ROWS], stored.tensor_type)
            weight.numpy()[i : i + _ROWS] = own
        return _permute(name, weight, self.arch, inverse=True).view(self.shapes[name])

    def rows(self, name: str) -> NDArray[np.uint8]:
        """Return the stored bytes of a matrix, rows in Hugging Face's order."""
        stored = np.asarray(self.tensors[name].data)
        order = _permute(name, torch.arange(len(stored)), self.arch, inverse=True)
        return stored if torch.equal(order, order.sort().values) else stored[order.numpy()]


def policy(file: GGUF, *, name: str, dtype: torch.dtype) -> Policy:
    """Return the policy in a GGUF file, dequantised in fp32 and then cast to `dtype`.

    Raises:
        ModelError: its tensors or tokenizer are not supported.
    """
    decoder = build(file.arch, file.read, file.shapes, dtype)
    return Policy(decoder=decoder, tokenizer=Tokenizer.from_gguf(file.fields), name=name)


def outline(file: GGUF, *, name: str) -> Policy:
    """Return the policy in a GGUF file without its weights; see `models.outline`."""
    decoder = without_weights(file.arch, file.shapes)
    return Policy(decoder=decoder, tokenizer=Tokenizer.from_gguf(file.fields), name=name)


def is_gguf(path: Path) -> bool:
    """Return whether a path is a file with the suffix .gguf."""
    return path.suffix.lower() == ".gguf" and path.is_file()


def read(path: Path) -> GGUF:
    """Open a GGUF file.

    Raises:
        ModelError: the file is incomplete, or its architecture or a tensor's type not supported.
    """
    try:
        header = headers.read(path)
    except (OSError, ValueError, struct.error) as error:
        raise ModelError(f"{path} is not a whole GGUF file: {error}{pointer(path)}") from error
    fields = header.fields
    _refuse_parts(path, fields, is_swapped=header.is_swapped)
    stored = {tensor.name: tensor for tensor in header.tensors}
    arch = _architecture(fields, stored)
    theirs = {_gguf_name(part.name): part.name for _, parts in layout(arch) for part in parts}
    _refuse_types([tensor for name, tensor in stored.items() if name in theirs])
    tensors = {theirs.get(n, n): t for n, t in stored.items() if n != "rope_freqs.weight"}
    shapes = {n: tuple(int(size) for size in reversed(t.shape)) for n, t in tensors.items()}
    return GGUF(arch=arch, fields=fields, tensors=tensors, shapes=shapes)


def _refuse_parts(path: Path, fields: Mapping[str, Any], *, is_swapped: bool) -> None:
    """Raise ModelError unless a file is a whole model in this machine's byte order."""
    kind, count = fields.get("general.type", "model"), fields.get("split.count", 1)
    if kind != "model":
        raise ModelError(f"{path} is a GGUF of type '{kind}', not a model")
    if count > 1:
        raise ModelError(f"{path} is one of {count} parts; join them with llama-gguf-split --merge")
    if is_swapped:
        raise ModelError(f"{path} is big-endian; convert it with gguf-convert-endian")


def _refuse_types(tensors: Sequence[Stored]) -> None:
    """Raise ModelError if a tensor's type cannot be dequantised: a row of each is tried."""
    from gguf.quants import dequantize

    for tensor in {tensor.tensor_type: tensor for tensor in tensors}.values():
        try:
            dequantize(np.atleast_2d(tensor.data)[:1], tensor.tensor_type)
        except NotImplementedError as error:
            raise unsupported(tensor.name, tensor.tensor_type.name) from error


def save(policy: Policy, path: Path) -> None:
    """Write a policy as a GGUF file: matrices in f16, vectors in fp32, adapters merged.

    Raises:
        ModelError: `path` exists or cannot be written, GGUF cannot express the tokenizer, or a
            weight is not finite or too large for f16.
    """
    from gguf import GGUFWriter

    with appearing_file(path) as unfinished:
        _write(policy, GGUFWriter(unfinished, policy.decoder.arch.family))


def _write(policy: Policy, writer: "GGUFWriter") -> None:
    arch = policy.decoder.arch
    for key, value in {**_described_as(arch), **policy.tokenizer.gguf(arch.vocab_size)}.items():
        _add(writer, key, value)
    for name, tensor in unfuse(arch, merged(policy.decoder)).items():
        rows = _permute(name, finite(name, tensor).float(), arch, inverse=False)
        stored = _half(name, rows) if rows.dim() == 2 else rows
        writer.add_tensor(_gguf_name(name), stored.contiguous().numpy())
    if arch.rope_scaling is not None:
        writer.add_tensor("rope_freqs.weight", _divisors(arch).numpy())
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _half(name: str, weight: Tensor) -> Tensor:
    largest, limit = float(weight.abs().max()), torch.finfo(torch.float16).max
    if largest > limit:
        raise ModelError(
            f"{name} has a value of size {largest:.6g}, but the maximum of f16 is {limit:.0f};"
            " export to a folder instead"
        )
    return weight.half()


def _described_as(arch: Architecture) -> dict[str, Any]:
    """Return the metadata that `_described` reads."""
    from gguf import LlamaFileType

    ours = {
        "context_length": arch.context,
        "embedding_length": arch.width,
        "block_count": arch.num_layers,
        "feed_forward_length": arch.mlp_width,
        "vocab_size": arch.vocab_size,
        "attention.head_count": arch.num_heads,
        "attention.head_count_kv": arch.num_kv_heads,
        "attention.key_length": arch.head_width,
        "attention.value_length": arch.head_width,
        "attention.layer_norm_rms_epsilon": arch.norm_eps,
        "rope.dimension_count": arch.head_width,
        "rope.freq_base": arch.rope_theta,
    }
    general = {"general.file_type": int(LlamaFileType.MOSTLY_F16)}
    return general | {f"{arch.family}.{key}": value for key, value in ours.items()}


def _add(writer: "GGUFWriter", key: str, value: Any) -> None:
    """Write one plain Python value as the type that GGUF readers expect."""
    add = {
        bool: writer.add_bool,
        int: writer.add_uint32,
        float: writer.add_float32,
        str: writer.add_string,
        list: writer.add_array,
    }
    add[type(value)](key, value)


def _architecture(fields: Mapping[str, Any], stored: Mapping[str, Any]) -> Architecture:
    family = fields.get("general.architecture")
    if family not in FAMILIES:
        supported = ", ".join(FAMILIES)
        raise ModelError(f"architecture '{family}' is not supported; supported are {supported}")
    try:
        return _described(family, fields, stored)
    except KeyError as error:
        raise ModelError(f"this GGUF lacks {error}") from error
    except (ArithmeticError, TypeError, ValueError) as error:
        raise ModelError(f"this GGUF has a value of the wrong type: {error}") from error


def _refuse_unknown(family: str, fields: Mapping[str, Any], head_width: int) -> None:
    ours = {
        key.removeprefix(f"{family}."): value
        for key, value in fields.items()
        if key.startswith(f"{family}.")
    }
    for key in sorted(ours.keys() - _KNOWN):
        if ours[key]:
            raise ModelError(f"{family}.{key} in this GGUF is not supported")
    expected = {
        "attention.value_length": head_width,
        "rope.dimension_count": head_width,
        "attention.causal": True,
        "rope.scaling.type": "none",
    }
    for key, value in expected.items():
        if ours.get(key, value) != value:
            raise ModelError(f"{family}.{key} {ours[key]} in this GGUF is not supported")


def _described(family: str, fields: Mapping[str, Any], stored: Mapping[str, Any]) -> Architecture:
    def size(key: str, default: int | None = None) -> int:
        full = f"{family}.{key}"
        return int(fields[full] if default is None else fields.get(full, default))

    width, heads = size("embedding_length"), size("attention.head_count")
    head_width = size("attention.key_length", width // heads)
    _refuse_unknown(family, fields, head_width)
    arch = Architecture(
        family=family,
        vocab_size=int(stored["token_embd.weight"].shape[1]),
        width=width,
        num_layers=size("block_count"),
        num_heads=heads,
        num_kv_heads=size("attention.head_count_kv", heads),
        head_width=head_width,
        mlp_width=size("feed_forward_length"),
        context=size("context_length"),
        rope_theta=float(fields.get(f"{family}.rope.freq_base", 10_000.0)),
        norm_eps=_decimal(fields[f"{family}.attention.layer_norm_rms_epsilon"]),
        tied="output.weight" not in stored,
        qkv_bias=family == "qwen2",
        qk_norm=family == "qwen3",
    )
    return _scaled(arch, stored)


def _decimal(value: float) -> float:
    """Return the short decimal that an fp32 approximates: 9.99999974e-06 -> 1e-05."""
    return float(f"{value:.6g}")


def _scaled(arch: Architecture, stored: Mapping[str, Any]) -> Architecture:
    """Recover Llama 3's frequency scaling, which GGUF stores as one divisor per frequency."""
    if "rope_freqs.weight" not in stored:
        return arch
    divisors = torch.from_numpy(np.array(stored["rope_freqs.weight"].data))
    for original_context in (8192, 4096, 16384, 32768):
        scaling = RopeScaling(
            factor=_decimal(float(divisors.max())),
            low_freq_factor=1.0,
            high_freq_factor=4.0,
            original_context=original_context,
        )
        scaled = replace(arch, rope_scaling=scaling)
        if torch.allclose(_divisors(scaled), divisors, rtol=1e-4):
            return scaled
    raise ModelError("rope_freqs.weight in this GGUF is not Llama 3's scaling")


def _divisors(arch: Architecture) -> Tensor:
    """Return the divisor of each rotary frequency [d / 2]."""
    return rotary_frequencies(replace(arch, rope_scaling=None)) / rotary_frequencies(arch)


def _gguf_name(name: str) -> str:
    """Example: "model.layers.3.self_attn.q_proj.weight" -> "blk.3.attn_q.weight"."""
    if not name.startswith("model.layers."):
        return _OUTER_NAMES[name]
    _, _, index, rest = name.split(".", 3)
    module, kind = rest.rsplit(".", 1)
    return f"blk.{index}.{_LAYER_NAMES[module]}.{kind}"


def _permute(name: str, weight: Tensor, arch: Architecture, *, inverse: bool) -> Tensor:
    """Permute the rows of Llama's queries and keys to llama.cpp's order, or back.

    llama.cpp rotates neighbouring rows, Hugging Face the two halves of a head; for the other
    families llama.cpp follows Hugging Face.
    """
    heads = {"q_proj": arch.num_heads, "k_proj": arch.num_kv_heads}.get(name.split(".")[-2])
    if arch.family != "llama" or heads is None:
        return weight
    half = arch.head_width // 2
    per_head = (heads, half, 2) if inverse else (heads, 2, half)
    return weight.reshape(*per_head, -1).transpose(1, 2).reshape(weight.shape)
