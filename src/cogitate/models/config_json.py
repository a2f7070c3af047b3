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
    "bias": "biases in all matrices",
    "use_sliding_window": "sliding-window attention",
    "quantization_config": "a quantised checkpoint",
    "quantization": "a quantised checkpoint",
    "compression_config": "a quantised checkpoint",
    "auto_map": "custom code",
    "transformers_weights": "weights in another file",
    "per_layer_config": "layers of different shapes",
    "no_rope_layers": "layers without positions",
    "no_rope_layer_interval": "layers without positions",
    "num_experts": "a mixture of experts",
    "num_local_experts": "a mixture of experts",
    "clip_qkv": "clipped attention",
    "alibi": "positions by attention biases",
    "qk_layernorm": "norms on queries and keys",
    "use_qk_norm": "norms on queries and keys",
    "attn_logit_softcapping": "capped logits",
    "final_logit_softcapping": "capped logits",
    "query_pre_attn_scalar": "scaled attention",
    "attention_multiplier": "scaled attention",
    "scale_depth": "a scaled residual stream",
    "dim_model_base": "scaled logits",
}
"""Switches that must be absent, null, false or empty."""

_NEUTRAL_AT_ONE = {
    "embedding_multiplier": "a scaled embedding",
    "scale_emb": "a scaled embedding",
    "residual_multiplier": "a scaled residual stream",
    "logits_scaling": "scaled logits",
    "logit_scale": "scaled logits",
    "rotary_pct": "partial rotary positions",
    "is_causal": "attention to later tokens",
}
"""Factors, and a switch that is usually on, that must be absent, null or 1. Keys in no table are
ignored, as in transformers. These are refused because they come from families with other
arithmetic, relabelled as one of these."""

_ROPE_KEYS = {
    "default": {"original_max_position_embeddings"},
    "llama3": {
        "factor",
        "low_freq_factor",
        "high_freq_factor",
        "original_max_position_embeddings",
    },
}
"""Rope type -> allowed keys, besides type and base."""


def architecture(config: Mapping[str, Any]) -> Architecture:
    """Return the architecture that a config.json describes.

    Raises:
        ModelError: the architecture, or a switch of it, is not supported.
    """
    family = str(config.get("model_type"))
    if family not in CLASSES:
        supported = ", ".join(CLASSES)
        raise ModelError(f"architecture '{family}' is not supported; supported are {supported}")
    try:
        _refuse_switches(config)
        return _described(family, config)
    except KeyError as error:
        raise ModelError(f"config.json lacks {error}") from error
    except (ArithmeticError, AttributeError, TypeError, ValueError) as error:
        raise ModelError(f"config.json has a value of the wrong type: {error}") from error


def _described(family: str, config: Mapping[str, Any]) -> Architecture:
    heads = int(config["num_attention_heads"])
    width = int(config["hidden_size"])
    rope = _rope(config)
    tied = config.get("tie_word_embeddings", False)
    if not isinstance(tied, bool):
        raise TypeError(f"tie_word_embeddings is {tied!r}")
    default_head = 128 if family == "qwen3" else width // heads
    arch = Architecture(
        family=family,
        vocab_size=int(config["vocab_size"]),
        width=width,
        num_layers=int(config["num_hidden_layers"]),
        num_heads=heads,
        num_kv_heads=int(config.get("num_key_value_heads") or heads),
        head_width=int(config.get("head_dim") or default_head),
        mlp_width=int(config["intermediate_size"]),
        context=int(config["max_position_embeddings"]),
        rope_theta=float(rope.get("rope_theta", 10_000.0)),
        rope_scaling=_scaling(rope),
        norm_eps=float(config.get("rms_norm_eps", 1e-6)),
        tied=tied,
        qkv_bias=family == "qwen2",
        qk_norm=family == "qwen3",
    )
    if arch.num_heads % arch.num_kv_heads:
        raise ValueError(f"{heads} heads do not share {arch.num_kv_heads} key heads evenly")
    if arch.head_width % 2:
        raise ValueError(f"head_dim {arch.head_width} is odd")
    return arch


def _refuse_switches(config: Mapping[str, Any]) -> None:
    on = {key: why for key, why in _OFF.items() if config.get(key)}
    scaled = {k: why for k, why in _NEUTRAL_AT_ONE.items() if config.get(k) not in (None, 1)}
    for key, why in {**on, **scaled}.items():
        raise ModelError(f"{key} in config.json ({why}) is not supported")
    activation = config.get("hidden_act", "silu")
    if activation not in ("silu", "swish"):
        raise ModelError(f"hidden_act '{activation}' in config.json is not supported; only 'silu'")
    if config["model_type"] == "llama" and config.get("sliding_window"):
        raise ModelError("sliding_window in config.json is not supported for llama")
    for kind in config.get("layer_types") or []:
        if kind != "full_attention":
            raise ModelError(f"layer type '{kind}' in config.json is not supported")


def _rope(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the rotary settings, which transformers 4 and 5 store in different fields.

    Version 4 has `rope_theta` and `rope_scaling`, version 5 `rope_parameters`.
    """
    names = ("rope_theta", "partial_rotary_factor", "original_max_position_embeddings")
    outer = {name: config[name] for name in names if config.get(name) is not None}
    fields = [config[name] for name in ("rope_scaling", "rope_parameters") if config.get(name)]
    said = [outer | _rope_settings(field) for field in fields] or [outer]
    if said[0] | outer != said[0] or said[0] != said[-1]:
        raise ModelError(
            "rope_theta, rope_scaling and rope_parameters in config.json contradict each other"
        )
    return said[0]


def _rope_settings(field: Mapping[str, Any]) -> dict[str, Any]:
    """Return one field's settings with the type as `rope_type`, formerly `type`."""
    settings = {key: value for key, value in field.items() if value is not None}
    kind = settings.pop("type", None)
    if kind not in (None, settings.setdefault("rope_type", kind or "default")):
        raise ModelError(f"config.json has two rope types: {kind} and {settings['rope_type']}")
    return settings


def _scaling(rope: Mapping[str, Any]) -> RopeScaling | None:
    kind = rope.get("rope_type", "default")
    if kind not in _ROPE_KEYS:
        raise ModelError(f"rope type '{kind}' is not supported; supported are default, llama3")
    if rope.get("partial_rotary_factor", 1) != 1:
        raise ModelError("partial_rotary_factor in config.json is not supported")
    known = _ROPE_KEYS[kind] | {"rope_type", "rope_theta", "partial_rotary_factor"}
    for key in rope.keys() - known:
        raise ModelError(f"{key} in config.json's settings of rope type '{kind}' is not supported")
    if kind == "default":
        return None
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
        end: the end-of-text id.
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
