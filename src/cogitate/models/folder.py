"""Hugging Face folders: config.json and safetensors, read and written."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor

from cogitate.errors import ModelError
from cogitate.models.architecture import Architecture
from cogitate.models.checkpoint import INDEX, SINGLE, opened, read_json
from cogitate.models.config_json import architecture, describe
from cogitate.models.decoder import Decoder
from cogitate.models.finite import finite
from cogitate.models.layout import build, unfuse, without_weights
from cogitate.models.lora import merged
from cogitate.models.policy import Policy, check_saving
from cogitate.tokenizer import Tokenizer

SHARD_BYTES = 5_000_000_000


def read_architecture(folder: Path) -> Architecture:
    """Return the architecture in config.json, or raise ModelError."""
    path = folder / "config.json"
    if not path.is_file():
        inside = [*folder.glob("*.gguf"), *(p.parent for p in folder.glob("*/*config.json"))]
        meant = f"; did you mean {min(inside)}?" if inside else ""
        raise ModelError(
            f"{folder} has no config.json; it is not a Hugging Face model folder{meant}"
        )
    return architecture(read_json(path))


def read_decoder(folder: Path, dtype: torch.dtype) -> Decoder:
    """Return the folder's decoder with its weights in `dtype`.

    Raises:
        ModelError: an unsupported architecture, or a missing or broken file or tensor.
    """
    with opened(folder, read_architecture(folder)) as checkpoint:
        return build(checkpoint.arch, checkpoint.read, checkpoint.shapes(), dtype)


def read_policy(folder: Path, *, name: str, dtype: torch.dtype) -> Policy:
    """Return the folder's policy.

    Raises:
        ModelError: an unsupported architecture, or a missing or broken file or tensor.
    """
    decoder = read_decoder(folder, dtype)
    return Policy(decoder=decoder, tokenizer=Tokenizer.load(folder), name=name)


def outline(folder: Path, *, name: str) -> Policy:
    """Return the folder's policy without its weights; see `models.outline`."""
    with opened(folder, read_architecture(folder)) as checkpoint:
        decoder = without_weights(checkpoint.arch, checkpoint.shapes())
    return Policy(decoder=decoder, tokenizer=Tokenizer.load(folder), name=name)


def write_policy(policy: Policy, folder: Path) -> None:
    """Write the configuration, weights and tokenizer into an existing folder.

    LoRA adapters are merged into the written weights; the decoder is unchanged.

    Raises:
        ModelError: the tokenizer would be read as another, or a weight is not finite.
    """
    check_saving(policy)
    decoder, tokenizer = policy.decoder, policy.tokenizer
    tensors = {
        name: finite(name, tensor).contiguous()
        for name, tensor in unfuse(decoder.arch, merged(decoder)).items()
    }
    ends = {"eos_token_id": sorted(tokenizer.eos), "pad_token_id": tokenizer.end}
    _write_json(folder / "config.json", describe(decoder.arch, decoder.dtype, tokenizer.end))
    _write_json(folder / "generation_config.json", ends)
    _write_tensors(tensors, folder)
    tokenizer.save(folder)


def _write_tensors(tensors: Mapping[str, Tensor], folder: Path) -> None:
    shards = _shards(tensors)
    if len(shards) == 1:
        _save(dict(tensors), folder / SINGLE)
        return
    weight_map: dict[str, str] = {}
    for number, names in enumerate(shards, start=1):
        file = f"model-{number:05}-of-{len(shards):05}.safetensors"
        _save({name: tensors[name] for name in names}, folder / file)
        weight_map |= dict.fromkeys(names, file)
    total = sum(t.nbytes for t in tensors.values())
    _write_json(folder / INDEX, {"metadata": {"total_size": total}, "weight_map": weight_map})


def _shards(tensors: Mapping[str, Tensor]) -> list[list[str]]:
    """Group names, in order, so that no file exceeds SHARD_BYTES."""
    shards: list[list[str]] = [[]]
    used = 0
    for name, tensor in tensors.items():
        if shards[-1] and used + tensor.nbytes > SHARD_BYTES:
            shards.append([])
            used = 0
        shards[-1].append(name)
        used += tensor.nbytes
    return shards


def _save(tensors: dict[str, Tensor], path: Path) -> None:
    save_file(tensors, path, metadata={"format": "pt"})
    path.chmod(0o644)  # safetensors writes for the owner alone


def _write_json(path: Path, value: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(value, indent=2) + "\n", "utf-8")
