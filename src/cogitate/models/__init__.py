"""Policies: loaded from and saved as Hugging Face folders, adapters and GGUF files."""

from dataclasses import replace
from pathlib import Path

import torch

from cogitate.disk import given, spelled
from cogitate.errors import ModelError
from cogitate.hardware import Need, need_memory
from cogitate.models import adapter, gguf, hub, lora
from cogitate.models import folder as folders
from cogitate.models.architecture import Architecture, RopeScaling
from cogitate.models.decoder import Attention, Decoder
from cogitate.models.gguf import packed
from cogitate.models.hub import Known, known, new_size, pull, recorded
from cogitate.models.layout import sizes
from cogitate.models.policy import NEW, SIZES, Policy, fingerprint, initialise, with_thinking
from cogitate.models.sealed import seal
from cogitate.models.store import appearing
from cogitate.tokenizer import Tokenizer

__all__ = [
    "NEW",
    "SIZES",
    "Architecture",
    "Attention",
    "Decoder",
    "Known",
    "Policy",
    "RopeScaling",
    "fingerprint",
    "initialise",
    "known",
    "load",
    "new_size",
    "outline",
    "pull",
    "recorded",
    "save",
    "save_adapter",
    "seal",
    "with_thinking",
]


def load(
    name: str | Path,
    *,
    dtype: torch.dtype = torch.float32,
    unmerged_rank: int = 0,
    as_is: torch.dtype | None = None,
    need: Need | None = None,
) -> Policy:
    """Return a policy by alias, Hugging Face folder, adapter folder, GGUF file or hub name.

    An adapter is merged into its base. If its rank is `unmerged_rank`, the policy is instead the
    base under its own name, with the adapter on it, ready for more training. With `as_is` a GGUF
    file of 4 to 8 bits is multiplied from its own numbers, for sampling only; it is then the dtype
    of activations. `need` says what memory the policy takes in use, by default one copy.

    Example: load("smollm2-135m"), load("runs/a/model"), load("Qwen/Qwen3-0.6B")

    Raises:
        ModelError: no such model, a broken file, an unsupported architecture, or too little memory.
    """
    need = need or Need(each=dtype.itemsize)
    name = spelled(name) if isinstance(name, Path) else name
    path = _found(name)
    if gguf.is_gguf(path):
        file = gguf.read(path)
        if as_is is not None and packed.supports(file):
            need_memory(name, packed.num_bytes(file, as_is))
            return packed.policy(file, path, name=name, dtype=as_is)
        if need.less_in_few_bits and packed.supports(file):
            need = replace(need, less=need.less_in_few_bits)
        _need_memory(name, file.arch, dtype, need)
        return gguf.policy(file, name=name, dtype=dtype)
    if adapter.is_adapter(path):
        policy = _load_adapted(path, dtype, need)
        if lora.rank(policy.decoder) == unmerged_rank:
            return policy
        return replace(policy, decoder=lora.plain(policy.decoder), name=name)
    _need_memory(name, folders.read_architecture(path), dtype, need)
    return folders.read_policy(path, name=name, dtype=dtype)


def outline(name: str) -> Policy:
    """Return a policy of which no weight is read: its decoder is on the meta device.

    Only an adapter is loaded, with its base.

    Raises:
        ModelError: as `load`.
    """
    path = _found(name)
    if gguf.is_gguf(path):
        return gguf.outline(gguf.read(path), name=name)
    return load(name) if adapter.is_adapter(path) else folders.outline(path, name=name)


def _found(name: str) -> Path:
    path = given(name)
    return path if gguf.is_gguf(path) else hub.pull(name)


def _need_memory(name: str, arch: Architecture, dtype: torch.dtype, need: Need) -> None:
    """Raise ModelError unless there is memory to load a model, and to use it then."""
    total, largest = sum(sizes(arch)), max(sizes(arch))
    loading = dtype.itemsize * total + 4 * largest  # read in fp32, or packed, one after the other
    if need.device == "cuda":
        need_memory(name, need.each * total, need.less, need.device)
        need_memory(name, loading)
    else:
        need_memory(name, max(loading, need.each * total), need.less)


def _load_adapted(folder: Path, dtype: torch.dtype, need: Need) -> Policy:
    policy = _load_base(folder, dtype, need)
    if (folder / "tokenizer.json").is_file():
        # as in PEFT, the generation_config.json of the base still holds
        tokenizer = Tokenizer.load(folder, eos=policy.tokenizer.eos)
        if tokenizer.think_close is not None and adapter.is_ours(folder):
            policy = with_thinking(policy)  # adapters do not contain the markers' embeddings
        policy = replace(policy, tokenizer=tokenizer)
    adapter.read_adapter(policy.decoder, folder)
    return policy


def _load_base(folder: Path, dtype: torch.dtype, need: Need) -> Policy:
    merged = 2 * dtype.itemsize if need.device == "cpu" else 0  # both, where they are merged
    each = max(need.each, merged)
    need = replace(need, each=each, less_in_few_bits="")
    try:
        return load(adapter.base_name(folder), dtype=dtype, need=need)
    except ModelError as error:
        raise ModelError(f"the base model that {folder / adapter.CONFIG} names: {error}") from error


def save(policy: Policy, folder: Path) -> None:
    """Write a policy as a Hugging Face folder that transformers loads.

    The folder appears complete, by one rename. Adapters are merged, and also saved separately in
    its subfolder `adapter`.

    Raises:
        ModelError: the folder is not empty, or cannot be written.
    """
    with appearing(folder) as unfinished:
        folders.write_policy(policy, unfinished)
        if any(lora.adapters(policy.decoder)):
            (unfinished / "adapter").mkdir()
            adapter.write_adapter(policy, unfinished / "adapter")


def save_adapter(policy: Policy, folder: Path) -> None:
    """Write a policy's adapters in PEFT's format; the folder appears complete.

    Raises:
        ModelError: there are no adapters, or the folder is not empty or cannot be written.
    """
    with appearing(folder) as unfinished:
        adapter.write_adapter(policy, unfinished)
