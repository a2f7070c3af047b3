"""`cogitate doctor [RUN...]`: inspects this machine, or diagnoses runs."""

import importlib.util
import os
import platform
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from cogitate import __version__, extras
from cogitate.cli.arguments import parse

REQUIRED = ("torch", "numpy", "tokenizers", "jinja2", "safetensors", "huggingface_hub", "rich")

FLAGS = ("avx2", "avx512f", "avx512_bf16", "amx_bf16", "asimd", "bf16", "sve")
"""Processor flags that decide speed."""

MEMORY_GB = 4.0
"""Memory for full training of SmolLM2-135M; with less, `--optim.lora-rank` helps."""
DISK_GB = 9.0
"""Disk space for a run of SmolLM2-135M: four checkpoints, the model, and a margin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Inspect this machine (processor, speed of dtypes, memory, disk, packages), or runs."""

    runs: Annotated[tyro.conf.Positional[tuple[Path, ...]], tyro.conf.arg(metavar="RUN...")] = ()
    """Folders of runs: what happened to them, and what to do."""


def run(args: list[str]) -> int:
    """Print the findings; return 1 if something is missing or wrong."""
    options = parse(Options, args, "doctor")
    if options.runs:
        return max(map(_look_at, options.runs))
    _row("cogitate", f"{__version__}, Python {platform.python_version()}, {platform.platform()}")
    missing = [name for name in REQUIRED if importlib.util.find_spec(name) is None]
    if not missing:
        _processor_and_torch()
        _weights()
    _disk()
    for name in missing:
        _row("missing", f"{name}, which is needed: pip install {name.replace('_', '-')}")
    for name, extra in extras.missing():
        _row("optional", f"{name} ({extra.adds}): pip install 'cogitate[{name}]'")
    if not missing:
        print("Nothing that is needed is missing.")
    return 1 if missing else 0


def _look_at(folder: Path) -> int:
    from cogitate.runs.diagnosis import diagnose

    lines, is_wrong = diagnose(folder)
    for name, text in lines:
        _row(name, text)
    if not is_wrong:
        print("Nothing is wrong with this run.")
    return 1 if is_wrong else 0


def _row(name: str, text: str) -> None:
    print(f"{name:<11}{text}", flush=True)


def _processor_and_torch() -> None:
    import torch

    from cogitate.config import RunConfig
    from cogitate.hardware import available_gb, detect
    from cogitate.models.kernels import compiled

    machine = detect(RunConfig(device="cpu"), anew=True)
    flags = " ".join(flag for flag in FLAGS if flag in _flags())
    _row("processor", f"{machine.processor}, {os.cpu_count()} cores, {machine.threads} to use")
    _row("", f"instructions: {flags or 'none of those known'}")
    _row(
        "speed",
        f"fp32 {machine.gflops_fp32:.0f}, bf16 {machine.gflops_bf16:.0f} GFLOP/s on matrices of"
        f" SmolLM2-135M: dtype auto is {machine.dtype}",
    )
    free = available_gb()
    low = "" if free >= MEMORY_GB else f"; training needs {MEMORY_GB:.0f}, or --optim.lora-rank 16"
    _row("memory", f"{free:.1f} GB available{low}")
    _row("torch", f"{torch.__version__}, {torch.get_num_threads()} threads")
    _gpu()
    _sandbox()
    reason = compiled.why_not()
    _row("sampler", f"torch's operations, which are slower: {reason}" if reason else "in C")


def _sandbox() -> None:
    from cogitate.sandbox import level

    found = level()
    lacks = "".join(f"; {reason}" for reason in found.missing)
    _row("sandbox", f"level {found.name}{lacks}")


def _gpu() -> None:
    from cogitate.config import RunConfig
    from cogitate.hardware import available_gb, detect, why_no_gpu

    if why := why_no_gpu():
        _row("gpu", f"none, and none is needed: this torch {why}")
        return
    card = detect(RunConfig(device="cuda"), anew=True)
    _row("gpu", f"{card.processor}, {available_gb('cuda'):.1f} GB free, which device auto takes")
    speeds = f"fp32 {card.gflops_fp32:,.0f}, bf16 {card.gflops_bf16:,.0f} GFLOP/s"
    _row("", f"{speeds} on the same matrices: dtype auto is {card.dtype} there")


def _flags() -> set[str]:
    info = Path("/proc/cpuinfo")
    if not info.is_file():
        return set()
    lines = (line.partition(":") for line in info.read_text().splitlines())
    return {flag for key, _, value in lines if key.strip() in ("flags", "Features")
            for flag in value.split()}  # fmt: skip


def _weights() -> None:
    from cogitate.models.hub import known

    for model in known():
        here = "is here" if model.pulled else f"is not here: cogitate models pull {model.name}"
        _row("weights", f"{model.name} {here}")


def _disk() -> None:
    free = shutil.disk_usage(Path.cwd()).free / 1e9
    low = "" if free >= DISK_GB else f"; a run of SmolLM2-135M needs {DISK_GB:.0f}"
    _row("disk", f"{free:.1f} GB free in {Path.cwd()}{low}")
