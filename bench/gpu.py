"""The proof on one GPU, in twelve minutes; without a GPU the same in small, on the CPU.

    PYTHONPATH=src python bench/gpu.py --out FOLDER
    PYTHONPATH=src python bench/gpu.py --out FOLDER --stages decode learner
    PYTHONPATH=src python bench/gpu.py --out FOLDER --train own --task FILE --model PIECES

Stages run one after the other, the most important first, each in a process of its own with a time
limit. Each leaves FOLDER/STAGE.json; a stage that fails or runs out of time leaves its reason there
and the next begins. Weights are random, of the models' shapes, but for the shipped mini's.

It runs from a clean checkout, and needs torch, numpy, safetensors, tokenizers, jinja2, rich and
huggingface_hub, for pieces of a GGUF file also gguf; transformers and vLLM are compared with where
they are installed. Without a GPU the engine runs as it would there, but for graphs.

With --train it trains instead, by a recipe, and leaves an adapter in FOLDER/adapter. PIECES is a
model, or a folder with the pieces of a GGUF file, which are joined in the order of their names.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

from gpu_stages import STAGES, Json, device

LIMITS_S = {"parity": 80, "rl": 140, "decode": 130, "learner": 100, "others": 60, "vllm": 60}
"""Stages in order, with the most seconds of each: less than ten minutes together."""
MOST_ADAPTER_BYTES = 9e6


def main() -> None:
    options = parse()
    options.out.mkdir(parents=True, exist_ok=True)
    if options.stage:
        print(json.dumps(STAGES[options.stage](options.out)))
    elif options.train:
        print(json.dumps(trained(options)))
    else:
        found = {name: staged(name, options) for name in options.stages}
        print(json.dumps({"benchmark": "gpu", **about(), "stages": found}))


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, required=True, help="folder of the results")
    parser.add_argument("--stages", nargs="+", choices=list(LIMITS_S), default=list(LIMITS_S))
    parser.add_argument("--stage", choices=list(LIMITS_S), help=argparse.SUPPRESS)
    parser.add_argument("--train", metavar="RECIPE", help="train by a recipe instead")
    parser.add_argument("--model", help="for --train: a model, or a folder of pieces")
    parser.add_argument("--task", help="for --train own: the task")
    parser.add_argument("--steps", type=int, help="for --train: RL steps")
    parser.add_argument("--rank", type=int, default=16, help="for --train: of the adapter")
    return parser.parse_args()


def staged(name: str, options: argparse.Namespace) -> Json:
    """Run one stage in a process of its own; write and return what it found, or why it did not."""
    command = [sys.executable, __file__, "--stage", name, "--out", str(options.out)]
    start, found = time.perf_counter(), Json()
    started = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)
    with started as own:
        try:
            said, _ = own.communicate(timeout=LIMITS_S[name])
            found = json.loads(said.splitlines()[-1]) if not own.returncode else {}
            found |= {"failed": f"exit status {own.returncode}"} if own.returncode else {}
        except subprocess.TimeoutExpired:
            os.killpg(own.pid, signal.SIGKILL)
            found = {"failed": f"not done in {LIMITS_S[name]} s"}
    found["seconds"] = round(time.perf_counter() - start, 1)
    (options.out / f"{name}.json").write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    print(f"{name}: {json.dumps(found)}", flush=True)
    return found


def about() -> Json:
    """Return what ran where."""
    import torch

    from cogitate.hardware import processor

    return {"device": processor(device()), "torch": torch.__version__,
            "python": sys.version.split()[0]}  # fmt: skip


def trained(options: argparse.Namespace) -> Json:
    """Train by a recipe with an adapter; return its size and the held-out accuracies."""
    from cogitate.recipes import find
    from cogitate.train import train

    config = find(options.train)(**({"task": options.task} if options.task else {}))
    if options.model:
        config = replace(config, model=str(joined(Path(options.model), options.out)))
    rl = config.rl if options.steps is None else replace(config.rl, num_steps=options.steps)
    rank = min(options.rank, largest_rank(config.model))
    config = replace(config, rl=rl, optim=replace(config.optim, lora_rank=rank),
                     run=replace(config.run, trackers=()))  # fmt: skip
    run = options.out / "run"
    train(config, run, resume=True)
    adapter = options.out / "adapter"
    shutil.copytree(run / "adapter", adapter, dirs_exist_ok=True)
    megabytes = (adapter / "adapter_model.safetensors").stat().st_size / 1e6
    lines = map(json.loads, (run / "metrics.jsonl").read_text("utf-8").splitlines())
    held_out = [line["held_out"] for line in lines if line["phase"] == "held_out"]
    return {**about(), "rank": rank, "adapter_mb": round(megabytes, 2), "held_out": held_out}


def largest_rank(model: str) -> int:
    """Return the largest rank of an adapter that is small enough to bring home."""
    from cogitate import models
    from cogitate.config import RunConfig
    from cogitate.hardware import detect
    from cogitate.models import lora

    decoder = models.outline(model).decoder
    lora.apply(decoder, rank=1, alpha=1, seed=0)
    num = sum(p.numel() for p in decoder.parameters() if p.requires_grad)
    return max(1, int(MOST_ADAPTER_BYTES / (num * detect(RunConfig()).width)))


def joined(model: Path, out: Path) -> Path | str:
    """Return the model; pieces of a file in a folder are joined in the order of their names."""
    pieces = sorted(model.glob("*.part*")) if model.is_dir() else []
    if not pieces:
        return model
    whole = out / f"{model.name}.gguf"
    with whole.open("wb") as target:
        for piece in pieces:
            with piece.open("rb") as source:
                shutil.copyfileobj(source, target)
    return whole


if __name__ == "__main__":
    main()
