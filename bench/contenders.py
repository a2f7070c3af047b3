"""The servers that `decode.py` compares: their commands, files and versions."""

import json
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import measure

LLAMA_SERVER = measure.BENCH / "competitors" / "llama_server.py"
CONTEXT = 1024
"""Positions of a slot, beside long prompts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """What a server is started for."""

    slots: int
    context: int = CONTEXT
    """Positions of each slot."""


class Contender(Protocol):
    """A program that serves the model under the name `it`."""

    def command(self, role: Role, port: int) -> list[str]:
        """Return the command that serves it."""
        ...

    def files(self) -> list[Path]:
        """Return the files that a cold start reads from the disk."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Cogitate:
    model: str
    flags: tuple[str, ...]

    def command(self, role: Role, port: int) -> list[str]:
        """Its caches grow with what comes, so that it needs no context."""
        served = [sys.executable, "-m", "cogitate", "serve", "--model", f"it={self.model}"]
        return [*served, "--port", str(port), "--rows", str(role.slots), *self.flags]

    def files(self) -> list[Path]:
        from cogitate.measured import cache_folder

        path = place_of(self.model)
        weights = [path] if path.is_file() else path.rglob("*")
        kept = [*weights, *cache_folder().rglob("*")]
        return [file for file in kept if file.is_file()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Flags:
    """One way to run llama.cpp."""

    program: str
    """A llama-server, or an interpreter that has xllamacpp."""
    threads: int
    flash: str = "on"
    repack: str = "on"
    ubatch: int = 512


@dataclass(slots=True, kw_only=True)
class Llama:
    file: Path
    flags: Flags
    best: dict[Role, Flags] = field(default_factory=dict[Role, Flags])
    """Where a sweep has found them."""

    def command(self, role: Role, port: int) -> list[str]:
        flags = self.best.get(role, self.flags)
        if is_python(flags.program):
            served = [flags.program, LLAMA_SERVER, self.file, role.slots, port, flags.threads]
            words = [*served, role.context, flags.flash, flags.ubatch, flags.repack]
        else:
            words = [
                *(flags.program, "-m", self.file, "--alias", "it", "--port", port, "-np"),
                *(role.slots, "-c", role.slots * role.context, "--no-kv-unified", "-cram", 0),
                *("-t", flags.threads, "-fa", flags.flash, "-ub", flags.ubatch, "--no-ui"),
                "--repack" if flags.repack == "on" else "--no-repack",
            ]
        return [str(word) for word in words]

    def files(self) -> list[Path]:
        return [self.file]


def is_python(program: str) -> bool:
    """Return whether a program is an interpreter rather than a llama-server."""
    return Path(program).name.startswith("python")


def place_of(model: str) -> Path:
    """Return the GGUF file or the folder of a model, fetched if it is missing."""
    from cogitate.disk import given
    from cogitate.models import pull

    return given(model) if given(model).is_file() else pull(model)


def gguf_of(model: str, folder: Path) -> Path:
    """Return a model's GGUF file: the model itself, or its export in a folder."""
    if (place := place_of(model)).is_file():
        return place
    file = folder / "model.gguf"
    export = [sys.executable, "-m", "cogitate", "models", "export", model, str(file)]
    subprocess.run(export, check=True)
    return file


def config_of(model: str, folder: Path) -> Path:
    """Return a folder with a model's config.json: its own, or one made from its GGUF file."""
    if (place := place_of(model)).is_dir():
        return place
    import torch

    from cogitate.models import gguf
    from cogitate.models.config_json import describe

    config = describe(gguf.read(place).arch, torch.float32, end=0)
    (folder / "config.json").write_text(json.dumps(config), "utf-8")
    return folder


def version_of(program: str) -> str:
    """Return what a program of llama.cpp says of its version."""
    ask = "import xllamacpp; print('xllamacpp', xllamacpp.__version__)"
    command = [program, "-c", ask] if is_python(program) else [program, "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return (done.stdout or done.stderr).splitlines()[0]
