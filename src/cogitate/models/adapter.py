"""LoRA adapters in PEFT's format: adapter_config.json and adapter_model.safetensors."""

import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from cogitate.errors import ModelError
from cogitate.models import lora
from cogitate.models.decoder import Decoder
from cogitate.models.folder import read_json
from cogitate.models.hub import recorded
from cogitate.models.layout import layout
from cogitate.models.policy import Policy

CONFIG = "adapter_config.json"
WEIGHTS = "adapter_model.safetensors"

_OFF = (
    "use_dora",
    "modules_to_save",
    "rank_pattern",
    "alpha_pattern",
    "trainable_token_indices",
    "layer_replication",
    "lora_bias",
)
"""Switches of PEFT that must be absent, false or empty."""


def write_adapter(policy: Policy, folder: Path) -> None:
    """Write an adapted policy's adapters, and its tokenizer, into a folder that exists.

    Raises:
        ModelError: the decoder has no adapters.
    """
    adapted = [matrix for _, matrix in lora.adapters(policy.decoder)]
    if not adapted:
        raise ModelError("this model has no LoRA adapters to save")
    tensors: dict[str, Tensor] = {}
    for name, (a, b) in _pairs(policy.decoder):
        tensors[f"base_model.model.{name}.lora_A.weight"] = a.detach().contiguous()
        tensors[f"base_model.model.{name}.lora_B.weight"] = b.detach().contiguous()
    config = {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "base_model_name_or_path": recorded(policy.name),
        "r": adapted[0].rank,
        "lora_alpha": adapted[0].scale * adapted[0].rank,
        "lora_dropout": 0.0,
        "target_modules": sorted({name.rsplit(".", 1)[-1] for name, _ in _pairs(policy.decoder)}),
        "bias": "none",
        "fan_in_fan_out": False,
        "inference_mode": True,
    }
    save_file(tensors, folder / WEIGHTS, metadata={"format": "pt"})
    (folder / CONFIG).write_text(json.dumps(config, indent=2) + "\n", "utf-8")
    policy.tokenizer.save(folder)


def read_adapter(decoder: Decoder, folder: Path) -> None:
    """Give a plain decoder the adapters in a folder, ours or PEFT's, in place.

    A matrix that the adapter leaves alone gets one that adds nothing, and could learn.

    Raises:
        ModelError: a file or tensor is missing or broken, or asks for what we do not have.
    """
    config = read_json(folder / CONFIG)
    rank, alpha = _check(config)
    try:
        tensors = load_file(folder / WEIGHTS)
    except (SafetensorError, OSError) as error:
        raise ModelError(f"{folder / WEIGHTS} is missing or broken: {error}") from error
    lora.apply(decoder, rank=rank, alpha=alpha, seed=0)
    with torch.no_grad():
        for name, pair in _pairs(decoder):
            keys = [f"base_model.model.{name}.{half}.weight" for half in ("lora_A", "lora_B")]
            is_there = not tensors.keys().isdisjoint(keys)
            for target, key in zip(pair, keys, strict=True) if is_there else ():
                _put(target, tensors.pop(key, None), key)
    if tensors:
        raise ModelError(f"the adapter has a tensor that we do not know: {min(tensors)}")


def base_name(folder: Path) -> str:
    """Return the name of the model that a folder's adapter belongs to."""
    name = read_json(folder / CONFIG).get("base_model_name_or_path")
    if not name:
        raise ModelError(f"{folder / CONFIG} does not name its base model")
    return str(name)


def _check(config: Mapping[str, Any]) -> tuple[int, float]:
    """Return rank and alpha, or raise ModelError where the adapter is not a plain LoRA."""
    kind = config.get("peft_type")
    if kind != "LORA":
        raise ModelError(f"adapters of type '{kind}' are not supported; only LORA")
    for key in _OFF:
        if config.get(key):
            raise ModelError(f"{key} in {CONFIG} is not supported")
    if config.get("bias", "none") != "none":
        raise ModelError(f"bias '{config['bias']}' in {CONFIG} is not supported; only 'none'")
    rank, alpha = int(config["r"]), float(config["lora_alpha"])
    return rank, alpha * math.sqrt(rank) if config.get("use_rslora") else alpha


def _put(target: Tensor, value: Tensor | None, key: str) -> None:
    if value is None:
        raise ModelError(f"the adapter has no {key}")
    if target.shape != value.shape:
        raise ModelError(f"{key} has shape {list(value.shape)}, expected {list(target.shape)}")
    target.copy_(value)


def _pairs(decoder: Decoder) -> Iterator[tuple[str, tuple[Tensor, Tensor]]]:
    """Yield each part's name, such as "model.layers.0.self_attn.k_proj", with its A and B."""
    parts = dict(layout(decoder.arch))
    for name, adapted in lora.adapters(decoder):
        names = [part.name.removesuffix(".weight") for part in parts[f"{name}.weight"]]
        halves = zip(adapted.lora_a.split(adapted.rank), adapted.lora_b, strict=True)
        yield from zip(names, halves, strict=True)
