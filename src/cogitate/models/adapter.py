"""LoRA adapters in PEFT's format: adapter_config.json and adapter_model.safetensors."""

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor

from cogitate.disk import given
from cogitate.errors import ModelError
from cogitate.models import lora
from cogitate.models.checkpoint import has_weights, open_file, read_json
from cogitate.models.decoder import Decoder
from cogitate.models.finite import finite
from cogitate.models.hub import recorded
from cogitate.models.layout import layout
from cogitate.models.policy import Policy

CONFIG = "adapter_config.json"
WEIGHTS = "adapter_model.safetensors"
PICKLED = "adapter_model.bin"

_READ = {
    "peft_type",
    "base_model_name_or_path",
    "r",
    "lora_alpha",
    "rank_pattern",
    "alpha_pattern",
    "use_rslora",
    "target_modules",
    "exclude_modules",
    "layers_to_transform",
}
_IRRELEVANT = {
    "task_type",
    "auto_mapping",
    "peft_version",
    "inference_mode",
    "lora_dropout",
    "megatron_core",
    "loftq_config",
    "eva_config",
    "qalora_group_size",
    "runtime_config",
}
"""Fields with no effect on a trained adapter, or only together with another field."""

_NEUTRAL = {
    "bias": ("none",),
    "init_lora_weights": (True, False, "gaussian", "orthogonal", "eva"),
    "revision": ("main",),
    "layers_pattern": ("layers", ["layers"]),
}
"""Values with no effect. PiSSA, OLoRA and others are absent: they change the base model."""

_MAX_RANK, _MAX_ALPHA = 2**16, 1e30
_KINDS = {
    "rank_pattern": dict | None,
    "alpha_pattern": dict | None,
    "target_modules": str | list | None,
    "exclude_modules": str | list | None,
    "layers_to_transform": int | list | None,
}


def write_adapter(policy: Policy, folder: Path) -> None:
    """Write a policy's adapters and tokenizer into an existing folder.

    Markers that the base lacks have new rows in the embedding, which are not written: `models.load`
    makes them again, PEFT does not.

    Raises:
        ModelError: the decoder has no adapters.
    """
    adapted = [matrix for _, matrix in lora.adapters(policy.decoder)]
    if not adapted:
        raise ModelError("this model has no LoRA adapters to save")
    tensors: dict[str, Tensor] = {}
    for name, pair in pairs(policy.decoder):
        for key, half in zip(keys(name), pair, strict=True):
            tensors[key] = finite(name, half.detach()).contiguous()
    config = {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "base_model_name_or_path": recorded(policy.name),
        "r": adapted[0].rank,
        "lora_alpha": adapted[0].scale * adapted[0].rank,
        "lora_dropout": 0.0,
        "target_modules": sorted({name.rsplit(".", 1)[-1] for name, _ in pairs(policy.decoder)}),
        "bias": "none",
        "fan_in_fan_out": False,
        "inference_mode": True,
    }
    save_file(tensors, folder / WEIGHTS, metadata={"format": "pt"})
    (folder / CONFIG).write_text(json.dumps(config, indent=2) + "\n", "utf-8")
    policy.tokenizer.save(folder)


def read_adapter(decoder: Decoder, folder: Path) -> None:
    """Add the adapters in a folder, cogitate's or PEFT's, to a plain decoder, in place.

    A matrix that the adapter does not target gets a trainable one that adds zero. All have the
    largest rank and one scale: smaller ranks are padded with zeros, and B absorbs other scales.

    Raises:
        ModelError: a file or tensor is missing or broken, or a feature is not supported.
    """
    config = read_json(folder / CONFIG)
    rank, scale = _check(config)
    tensors = _tensors(folder)
    lora.apply(decoder, rank=rank, alpha=scale * rank, seed=0)
    with torch.no_grad():
        for name, (a, b) in pairs(decoder):
            if not _targeted(config, name):
                continue
            own_rank, own_scale = _strength(config, name)
            for key, target in zip(keys(name), (a[:own_rank], b[:, :own_rank]), strict=True):
                _put(target, tensors.pop(key, None), key)
            b.mul_(own_scale / scale)
    if tensors:
        raise ModelError(
            f"the adapter has an unknown tensor, or one that {CONFIG} does not target:"
            f" {min(tensors)}"
        )


def is_adapter(folder: Path) -> bool:
    """Return whether a folder holds an adapter.

    Raises:
        ModelError: it holds a whole model too.
    """
    if not (folder / CONFIG).is_file():
        return False
    if has_weights(folder):
        raise ModelError(
            f"{folder} has both a whole model and an adapter; move one of them to another folder"
        )
    return True


def is_ours(folder: Path) -> bool:
    """Return whether `write_adapter` wrote a folder's adapter; PEFT writes more fields."""
    return "auto_mapping" not in read_json(folder / CONFIG)


def base_name(folder: Path, above: tuple[Path, ...] = ()) -> str:
    """Return the name of the base model of a folder's adapter.

    A relative path starts at the working directory, as in PEFT. The base may be an adapter too,
    but none of those `above`.

    Raises:
        ModelError: the configuration names no base model.
    """
    name = str(read_json(folder / CONFIG).get("base_model_name_or_path") or "")
    try:
        base, above = given(name).resolve(), (*above, folder.resolve())
    except (ValueError, RuntimeError):  # a null character, or a cycle of links
        name, base = "", folder
    if not name or base in above:
        raise ModelError(f"base_model_name_or_path in {folder / CONFIG} names no base model")
    if (base / CONFIG).is_file():
        base_name(base, above)
    return name


def _check(config: Mapping[str, Any]) -> tuple[int, float]:
    """Return the largest rank and a scale, or raise ModelError unless this is a plain LoRA.

    Unknown fields are refused too, unless they are null, false or empty.
    """
    kind = config.get("peft_type")
    if kind != "LORA":
        raise ModelError(f"adapters of type '{kind}' are not supported; only LORA")
    for key in sorted(config.keys() - _READ - _IRRELEVANT):
        if config[key] and config[key] not in _NEUTRAL.get(key, ()):
            raise ModelError(
                f"{key} {config[key]!r} in {CONFIG} is not supported; PEFT's merge_and_unload turns"
                " the adapter into a whole model"
            )
    try:
        for key, kinds in _KINDS.items():
            if not isinstance(config.get(key), kinds):
                raise TypeError(f"{key} is {config[key]!r}")
        ranks = _numbers(config, "r", "rank_pattern", (1, _MAX_RANK))
        _numbers(config, "lora_alpha", "alpha_pattern", (-_MAX_ALPHA, _MAX_ALPHA))
    except KeyError as error:
        raise ModelError(f"{CONFIG} lacks {error}") from error
    except (ArithmeticError, TypeError, ValueError) as error:
        raise ModelError(f"{CONFIG} has a value of the wrong type: {error}") from error
    return int(max(ranks)), _strength(config, "")[1] or 1.0


def _numbers(
    config: Mapping[str, Any], field: str, pattern: str, within: tuple[float, float]
) -> list[float]:
    """Return a field's value and those of its pattern, or raise ValueError."""
    found = [float(value) for value in (config[field], *(config.get(pattern) or {}).values())]
    for value in found:
        if not within[0] <= value <= within[1]:
            raise ValueError(f"{field} {value:g}")
    return found


def _strength(config: Mapping[str, Any], name: str) -> tuple[int, float]:
    """Return the rank and the scale of a matrix's adapter; patterns take precedence."""
    found = {"rank_pattern": config["r"], "alpha_pattern": config["lora_alpha"]}
    for field in found:
        patterns = (config.get(field) or {}).items()
        fits = (value for key, value in patterns if _matches(rf"(.*\.)?({key})", name))
        found[field] = next(fits, found[field])
    rank, alpha = int(float(found["rank_pattern"])), float(found["alpha_pattern"])
    return rank, alpha / (math.sqrt(rank) if config.get("use_rslora") else rank)


def _targeted(config: Mapping[str, Any], name: str) -> bool:
    """Return whether PEFT adapts a matrix, such as "model.layers.0.self_attn.k_proj"."""
    targets, layers = config.get("target_modules"), config.get("layers_to_transform")
    if not targets:
        raise ModelError(f"{CONFIG} does not name its target_modules")
    layers = [layers] if isinstance(layers, int) else layers
    return (
        (targets == "all-linear" or _matches(targets, name))
        and not _matches(config.get("exclude_modules") or (), name)
        and (not layers or int(name.split(".")[2]) in layers)
    )


def _matches(modules: str | Sequence[str], name: str) -> bool:
    """Return whether a matrix matches PEFT's regular expression or list of endings."""
    if isinstance(modules, str):
        try:
            return re.fullmatch(modules, name) is not None
        except re.error as error:
            raise ModelError(
                f"{modules} in {CONFIG} is not a regular expression: {error}"
            ) from error
    return any(f".{name}".endswith(f".{module}") for module in modules)


def _tensors(folder: Path) -> dict[str, Tensor]:
    if (folder / PICKLED).is_file() and not (folder / WEIGHTS).is_file():
        raise ModelError(f"{folder} has {PICKLED}; load it in PEFT and save it as {WEIGHTS}")
    with open_file(folder / WEIGHTS) as file:
        return {name: file.get_tensor(name) for name in list(file.keys())}


def _put(target: Tensor, value: Tensor | None, key: str) -> None:
    if value is None:
        raise ModelError(f"the adapter has no {key}")
    if target.shape != value.shape:
        raise ModelError(f"{key} has shape {list(value.shape)}, expected {list(target.shape)}")
    finite(key, target.copy_(value))


def keys(name: str) -> tuple[str, str]:
    """Return PEFT's names of a matrix's A and B.

    Example: keys("model.norm") -> ("base_model.model.model.norm.lora_A.weight", ...)
    """
    return f"base_model.model.{name}.lora_A.weight", f"base_model.model.{name}.lora_B.weight"


def pairs(decoder: Decoder) -> Iterator[tuple[str, tuple[Tensor, Tensor]]]:
    """Yield each part's name, such as "model.layers.0.self_attn.k_proj", with its A and B."""
    parts = dict(layout(decoder.arch))
    for name, adapted in lora.adapters(decoder):
        names = [part.name.removesuffix(".weight") for part in parts[f"{name}.weight"]]
        halves = zip(adapted.lora_a.split(adapted.rank), adapted.lora_b, strict=True)
        yield from zip(names, halves, strict=True)
