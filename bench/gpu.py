"""The proof on one GPU, in twelve minutes; without a GPU the same in small, on the CPU.

    PYTHONPATH=src python bench/gpu.py --out FOLDER
    PYTHONPATH=src python bench/gpu.py --out FOLDER --stages decode learner
    PYTHONPATH=src python bench/gpu.py --out FOLDER --train own --task FILE --model PIECES

Stages run one after the other, the most important first, each in a process of its own with a time
limit. Each writes FOLDER/STAGE.json after every measurement, and its output to FOLDER/STAGE.log; if
it fails or runs out of time, the reason is in both, and the next begins. Weights are random, of the
models' shapes, but for the shipped mini's.

It runs from a clean checkout, and needs what `pip install .` brings; for pieces of a GGUF file also
gguf. transformers and vLLM are compared with where they are installed. Without a GPU the engine
runs as it would there, but for graphs.

With --train it trains instead, by a recipe, for at most --seconds, and leaves an adapter in
FOLDER/adapter; called again, it goes on. PIECES is a model, or a folder with the pieces of a GGUF
file, NAME.part0 and so on. The adapter's base is then --base: the name of the file's model where
the adapter is used. `cogitate train RECIPE --model FOLDER/adapter` goes on with it there.
"""

import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from gpu_stages import STAGES, device

LIMITS_S = {"parity": 90, "rl": 140, "decode": 140, "learner": 110, "others": 80, "vllm": 90}
"""Stages in order, with the most seconds of each: less than eleven minutes together."""
MOST_ADAPTER_BYTES = 10e6
ADAPTER = ("adapter_config.json", "adapter_model.safetensors")
Json = dict[str, Any]


def main() -> None:
    options = parse()
    options.out.mkdir(parents=True, exist_ok=True)
    if options.stage:
        measure(options.stage, options.out)
    elif options.train:
        print(json.dumps(trained(options)))
    else:
        found = {name: staged(name, options.out) for name in options.stages}
        print(json.dumps({"benchmark": "gpu", **about(), "stages": found}))


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, required=True, help="folder of the results")
    parser.add_argument("--stages", nargs="+", choices=list(LIMITS_S), default=list(LIMITS_S))
    parser.add_argument("--stage", choices=list(LIMITS_S), help=argparse.SUPPRESS)
    parser.add_argument("--train", metavar="RECIPE", help="train by a recipe instead")
    parser.add_argument("--model", help="for --train: a model, or a folder of pieces")
    parser.add_argument("--base", help="for --train: the base that the adapter names")
    parser.add_argument("--task", help="for --train own: the task")
    parser.add_argument("--steps", type=int, help="for --train: RL steps")
    parser.add_argument("--rank", type=int, default=16, help="for --train: of the adapter")
    parser.add_argument("--seconds", type=int, default=540, help="for --train: of this call")
    return parser.parse_args()


# ---------------------------------------------------------------- stages


def staged(name: str, out: Path) -> Json:
    """Run one stage in a process of its own; return what it found, and why it found no more."""
    command = [sys.executable, __file__, "--stage", name, "--out", str(out)]
    written, start, why = out / f"{name}.json", time.perf_counter(), ""
    written.unlink(missing_ok=True)
    with (out / f"{name}.log").open("w+", encoding="utf-8") as log:
        kinds = {"stdout": log, "stderr": log, "start_new_session": True}
        with subprocess.Popen(command, **kinds) as own:
            try:
                code = own.wait(timeout=LIMITS_S[name])
                why = f"exit status {code}" if code else ""
            except subprocess.TimeoutExpired:
                os.killpg(own.pid, signal.SIGKILL)
                why = f"not done in {LIMITS_S[name]} s"
        log.seek(0)
        last = (log.read().strip().splitlines() or [""])[-1]
    found = json.loads(written.read_text("utf-8")) if written.is_file() else {}
    found |= {"failed": f"{why}: {last}"} if why else {}
    write(written, found | {"seconds": round(time.perf_counter() - start, 1)})
    print(f"{name}: {json.dumps(found)}", flush=True)
    return found


def measure(name: str, out: Path) -> None:
    """Write what a stage finds, after each measurement, with the settings of a run."""
    from cogitate.config import RunConfig
    from cogitate.hardware import apply, detect

    apply(detect(RunConfig()))
    found: Json = {}
    for key, value in STAGES[name](out):
        found[key] = value
        write(out / f"{name}.json", found)


def write(path: Path, found: Json) -> None:
    unfinished = path.with_suffix(".unfinished")
    unfinished.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    unfinished.replace(path)


def about() -> Json:
    """Return what ran where."""
    import torch

    from cogitate.hardware import processor

    return {"device": processor(device()), "torch": torch.__version__,
            "python": sys.version.split()[0]}  # fmt: skip


# ---------------------------------------------------------------- training


def trained(options: argparse.Namespace) -> Json:
    """Train by a recipe with an adapter; return its size and the held-out accuracies."""
    from cogitate.errors import Interrupted
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
    signal.signal(signal.SIGALRM, lambda *_: os.kill(os.getpid(), signal.SIGINT))
    signal.alarm(options.seconds)
    try:
        train(config, run, resume=True)
        source = run
    except Interrupted:
        source = max((run / "checkpoints").glob("step-*"))
    signal.alarm(0)
    size = exported(source / "adapter", options.out / "adapter", options.base)
    lines = map(json.loads, (run / "metrics.jsonl").read_text("utf-8").splitlines())
    held_out = [line["held_out"] for line in lines if line["phase"] == "held_out"]
    return {**about(), "rank": rank, "finished": source is run, "adapter_mb": size / 1e6,
            "held_out": held_out}  # fmt: skip


def exported(adapter: Path, target: Path, base: str | None) -> int:
    """Copy an adapter, without the tokenizer if that is too large; return its size in bytes."""
    files = sorted(path for path in adapter.iterdir() if path.is_file())
    if sum(path.stat().st_size for path in files) > MOST_ADAPTER_BYTES:
        files = [path for path in files if path.name in ADAPTER]
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir()
    for path in files:
        shutil.copy(path, target)
    if base:
        config = target / ADAPTER[0]
        named = json.loads(config.read_text("utf-8")) | {"base_model_name_or_path": base}
        config.write_text(json.dumps(named, indent=2), "utf-8")
    return sum(path.stat().st_size for path in target.iterdir())


def largest_rank(model: str) -> int:
    """Return the largest rank of an adapter that is small enough to bring home."""
    from cogitate import models
    from cogitate.config import RunConfig
    from cogitate.hardware import detect
    from cogitate.models import lora

    if models.new_size(model) is not None:
        raise SystemExit("--train makes an adapter: take a recipe whose model is not new")
    decoder = models.outline(model).decoder
    lora.apply(decoder, rank=1, alpha=1, seed=0)
    num = sum(p.numel() for p in decoder.parameters() if p.requires_grad)
    return max(1, int(0.9 * MOST_ADAPTER_BYTES / (num * detect(RunConfig()).width)))


def joined(model: Path, out: Path) -> Path:
    """Return the model; pieces of a file in a folder are joined in the order of their numbers."""
    pieces = list(model.glob("*.part*")) if model.is_dir() else []
    if not pieces:
        return model
    whole = out / f"{model.name}.gguf"
    with whole.open("wb") as target:
        for piece in sorted(pieces, key=lambda p: [int(n) for n in re.findall(r"\d+", p.suffix)]):
            with piece.open("rb") as source:
                shutil.copyfileobj(source, target)
    return whole


if __name__ == "__main__":
    main()
