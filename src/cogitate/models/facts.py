"""What can be said of a model without loading its weights."""

import math
from dataclasses import dataclass
from pathlib import Path

import torch

from cogitate.models import gguf, hub
from cogitate.models.architecture import Architecture
from cogitate.models.folder import first_dtype, read_architecture, weight_files
from cogitate.models.layout import layout
from cogitate.tokenizer import Tokenizer


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """One model, for a person to read.

    Example: Facts(name="smollm2-135m", path=Path(".../smollm2-135m"), arch=Architecture(...),
    num_parameters=134515008, num_bytes=538090408, num_tokens=49152, chats=True, thinks=False)
    """

    name: str
    path: Path
    arch: Architecture
    num_parameters: int
    num_bytes: int
    """Of the weights on disk."""
    num_tokens: int
    """Ids in use, which may be fewer than the embedding's rows."""
    chats: bool
    """Whether a chat template came with it."""
    thinks: bool
    """Whether `<think>` and `</think>` are single ids."""


def show(name: str) -> Facts:
    """Return the facts of an alias, a Hugging Face folder, a GGUF file or a hub name.

    Raises:
        ModelError: no such model, a broken file, or another architecture.
    """
    path = Path(name).expanduser()
    if gguf.is_gguf(path):
        file = gguf.read(path)
        arch, tokenizer, files = file.arch, Tokenizer.from_gguf(file.fields), [path]
    else:
        path = hub.pull(name)
        arch, tokenizer, files = read_architecture(path), Tokenizer.load(path), weight_files(path)
    return Facts(
        name=name,
        path=path,
        arch=arch,
        num_parameters=sum(math.prod(part.shape) for _, parts in layout(arch) for part in parts),
        num_bytes=sum(file.stat().st_size for file in files),
        num_tokens=tokenizer.size,
        chats=tokenizer.template is not None,
        thinks=tokenizer.think_open is not None and tokenizer.think_close is not None,
    )


def stored_dtype(name: str) -> torch.dtype:
    """Return the dtype of a folder's weights; fp32 for a GGUF file or an adapter."""
    folder = Path(name).expanduser()
    if gguf.is_gguf(folder):
        return torch.float32
    folder = hub.pull(name)
    return first_dtype(folder) if (folder / "config.json").is_file() else torch.float32
