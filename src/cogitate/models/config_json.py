"""Hugging Face's config.json to an `Architecture` and back."""

from collections.abc import Mapping
from typing import Any

import torch

from cogitate.errors import ModelError
from cogitate.models.architecture import Architecture, RopeScaling

CLASSES = {
    "llama": "LlamaForCausalLM",
    "qwen2": "Qwen2ForCausalLM",
    "qwen3": "Qwen3ForCausalLM",
}

_OFF = {
    "attention_bias": "biases on all four attention matrices",
    "mlp_bias": "biases in the MLP",
    "use_sliding_window": "sliding-window attention",
    "quantization_config": "a quantised checkpoint",
}
"""Switches that must be absent or false."""


def architecture(config: Mapping[str, Any]) -> Architecture:
    """Return the architecture that a config.json describes.

    Raises:
        ModelError: another architecture, or a switch that our decoder does not have.
    """
    family = config.get("model_type")
    if family not in CLASSES:
        supported = ", ".join(CLASSES)
        raise ModelError(f"architecture '{family}' is not supported; supported are {supported}")
    _refuse_switches(config)
    try:
        return _described(str(family), config)
    except KeyError as error:
        raise ModelError(f"config.json lacks {error}") from error
    except (TypeError, ValueError) as error:
        raise ModelError(f"config.json holds a value of the wrong kind: {error}") from error


def _described(family: str, config: Mapping[str, Any]) -> Architecture:
    heads = int(config["num_attention_heads"])
    width = int(config["hidden_size"])
    rope = _rope(config)
    arch = Architecture(
        family=family,
        vocab_size=int(config["vocab_size"]),
        width=width,
        num_layers=int(config["num_hidden_layers"]),
        num_heads=heads,
        num_kv_heads=int(config.get("num_key_value_heads") or heads),
        head_width=int(config.get("head_dim") or width // heads),
        mlp_width=int(config["intermediate_size"]),
        context=int(config["max_position_embeddings"]),
        rope_theta=float(rope.get("rope_theta", config.get("rope_theta", 10_000.0))),
        rope_scaling=_scaling(rope),
        norm_eps=float(config.get("rms_norm_eps", 1e-6)),
        tied=bool(config.get("tie_word_embeddings", False)),
        qkv_bias=family == "qwen2",
        qk_norm=family == "qwen3",
    )
    if arch.num_heads % arch.num_kv_heads:
        raise ValueError(f"{heads} heads do not share {arch.num_kv_heads} key heads evenly")
    return arch


def _refuse_switches(config: Mapping[str, Any]) -> None:
    for key, meaning in _OFF.items():
        if config.get(key):
            raise ModelError(f"{key} in config.json ({meaning}) is not supported")
    if config.get("partial_rotary_factor", 1) != 1:
        raise ModelError("partial_rotary_factor in config.json is not supported")
    activation = config.get("hidden_act", "silu")
    if activation != "silu":
        raise ModelError(f"hidden_act '{activation}' in config.json is not supported; only 'silu'")
    if "sliding_attention" in (config.get("layer_types") or []):
        raise ModelError("sliding-window attention in config.json is not supported")


def _rope(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the rotary settings, where transformers 4 (`rope_scaling`) or 5 keeps them."""
    return config.get("rope_parameters") or config.get("rope_scaling") or {}


def _scaling(rope: Mapping[str, Any]) -> RopeScaling | None:
    kind = rope.get("rope_type", rope.get("type", "default"))
    if kind == "default":
        return None
    if kind != "llama3":
        raise ModelError(f"rope type '{kind}' is not supported; supported are default, llama3")
    return RopeScaling(
        factor=float(rope["factor"]),
        low_freq_factor=float(rope["low_freq_factor"]),
        high_freq_factor=float(rope["high_freq_factor"]),
        original_context=int(rope["original_max_position_embeddings"]),
    )


def describe(arch: Architecture, dtype: torch.dtype, end: int) -> dict[str, Any]:
    """Return the config.json that transformers, vLLM and `architecture` read.

    Args:
        arch: the decoder's.
        dtype: of the saved weights.
        end: the end-of-text id that we write.
    """
    config: dict[str, Any] = {
        "architectures": [CLASSES[arch.family]],
        "model_type": arch.family,
        "vocab_size": arch.vocab_size,
        "hidden_size": arch.width,
        "intermediate_size": arch.mlp_width,
        "num_hidden_layers": arch.num_layers,
        "num_attention_heads": arch.num_heads,
        "num_key_value_heads": arch.num_kv_heads,
        "head_dim": arch.head_width,
        "hidden_act": "silu",
        "max_position_embeddings": arch.context,
        "rms_norm_eps": arch.norm_eps,
        "rope_theta": arch.rope_theta,
        "tie_word_embeddings": arch.tied,
        "attention_bias": False,
        "attention_dropout": 0.0,
        "initializer_range": 0.02,
        "use_cache": True,
        "bos_token_id": None,
        "eos_token_id": end,
        "torch_dtype": str(dtype).removeprefix("torch."),
    }
    scaling = arch.rope_scaling
    if scaling is not None:
        config["rope_scaling"] = {
            "rope_type": "llama3",
            "factor": scaling.factor,
            "low_freq_factor": scaling.low_freq_factor,
            "high_freq_factor": scaling.high_freq_factor,
            "original_max_position_embeddings": scaling.original_context,
        }
    return config
