"""How much do faster products change what a quantized model says?

    python bench/quality.py --model qwen2.5-coder-0.5b
    python bench/quality.py --model FILE.gguf --tokens 2000 --llama-python VENV/bin/python

Windows of code (Python's standard library) and prose (this project's documents) are read with the
weights dequantised in fp32, and by each faster way. Prints the mean divergence KL(fp32 || way) in
nats a token, its 99th percentile, and how often the most probable token is the same; with
--llama-python also those of llama.cpp on the same file (llama-cpp-python). Last line: JSON.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from cogitate import models
from cogitate.engine.attention import cache_dtype
from cogitate.hardware import processor
from cogitate.models import Policy, hub
from cogitate.models.kernels import products

ROOT = Path(__file__).resolve().parent.parent
WINDOW = 512
CODE = (
    *("argparse", "heapq", "textwrap", "statistics", "ast", "csv", "dataclasses", "difflib"),
    *("fractions", "inspect", "shutil", "datetime", "calendar", "functools"),
)
"""Modules of the standard library."""
WAYS = {"eight, bf16": ("eight", torch.bfloat16), "eight, fp32": ("eight", torch.float32),
        "bf16, fp32": ("bf16", torch.float32),
        "expanded, bf16": ("expanded", torch.bfloat16)}  # fmt: skip
Logits = Callable[[list[int]], Tensor]


def main() -> None:
    options = parse()
    path = hub.pull(options.model) if not options.model.endswith(".gguf") else Path(options.model)
    exact = models.load(path, dtype=torch.float32)
    windows = list(texts(exact, options.tokens))
    print(processor(), f"{len(windows)} windows of {WINDOW} tokens", sep="\n", flush=True)
    reference = ours(exact, "expanded")
    contenders = {
        name: ours(models.load(path, as_is=dtype), way) for name, (way, dtype) in WAYS.items()
    }
    with tempfile.TemporaryDirectory() as temporary:
        if options.llama_python:
            contenders["llama.cpp"] = theirs(options.llama_python, path, Path(temporary))
        found = compare(windows, reference, contenders)
    rows = {name: summary(*zip(*each, strict=True)) for name, each in found.items()}
    for name, row in rows.items():
        print(f"{name:16} KL {row['kl']:.5f}, 99 % below {row['kl_99']:.4f},"
              f" same token {100 * row['same']:.2f} %")  # fmt: skip
    print(json.dumps({"processor": processor(), "tokens": len(windows) * WINDOW, "ways": rows}))


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", required=True, help="an alias or a GGUF file")
    parser.add_argument("--tokens", type=int, default=20_480)
    parser.add_argument("--llama-python", help="a Python that has llama_cpp")
    return parser.parse_args()


def texts(policy: Policy, num_tokens: int) -> Iterator[list[int]]:
    """Yield windows of tokens, of code and prose in turns."""
    code = [Path(os.__file__).with_name(f"{name}.py") for name in CODE]
    prose = sorted((ROOT / "docs").glob("*.md"))
    sources = [
        policy.tokenizer.encode("\n".join(file.read_text("utf-8") for file in files))
        for files in (code, prose)
    ]
    for i in range(-(-num_tokens // WINDOW)):
        own, start = sources[i % 2], i // 2 * WINDOW
        if start + WINDOW <= len(own):
            yield own[start : start + WINDOW]


def ours(policy: Policy, way: str) -> Logits:
    kept = cache_dtype(policy.decoder)

    def causal(_layer: int, q_NHd: Tensor, k_NKd: Tensor, v_NKd: Tensor) -> Tensor:
        """Attend to keys and values as the engine's cache keeps them."""
        k_NKd, v_NKd = (x.to(kept).to(q_NHd.dtype) for x in (k_NKd, v_NKd))
        q, k, v = (x.transpose(0, 1) for x in (q_NHd, k_NKd, v_NKd))
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True)
        return mixed.transpose(0, 1).flatten(1)

    @torch.no_grad()
    def logits(tokens: list[int]) -> Tensor:
        os.environ[products.SWITCH] = f"c,{way}"
        hidden = policy.decoder(torch.tensor(tokens), torch.arange(len(tokens)), causal)
        return policy.decoder.logits(hidden)

    return logits


def theirs(python: str, model: Path, folder: Path) -> Logits:
    """Return the logits of llama.cpp, which runs in a process of its own Python."""
    script = Path(__file__).parent / "competitors" / "llama_logits.py"
    child = subprocess.Popen(
        [python, str(script), str(model), str(folder / "logits"), str(WINDOW)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    assert child.stdin is not None
    assert child.stdout is not None
    stdin, stdout = child.stdin, child.stdout

    def logits(tokens: list[int]) -> Tensor:
        stdin.write(json.dumps(tokens) + "\n")
        stdin.flush()
        if not stdout.readline():
            raise SystemExit("llama.cpp ended; does that Python have llama_cpp?")
        found = np.fromfile(folder / "logits", dtype=np.float32)
        return torch.from_numpy(found.reshape(len(tokens), -1))

    return logits


def compare(
    windows: list[list[int]], reference: Logits, contenders: dict[str, Logits]
) -> dict[str, list[tuple[Tensor, Tensor]]]:
    """Return each contender's divergences and agreements [tokens], window by window."""
    found: dict[str, list[tuple[Tensor, Tensor]]] = {name: [] for name in contenders}
    for number, window in enumerate(windows):
        expected = reference(window).log_softmax(dim=-1)
        for name, logits in contenders.items():
            given = logits(window)[:, : expected.shape[1]].log_softmax(dim=-1)
            kl = F.kl_div(given, expected, reduction="none", log_target=True).sum(dim=-1)
            found[name].append((kl, expected.argmax(dim=-1) == given.argmax(dim=-1)))
        print(f"\rwindow {number + 1} of {len(windows)}", end="", file=sys.stderr, flush=True)
    return found


def summary(divergences: tuple[Tensor, ...], same: tuple[Tensor, ...]) -> dict[str, float]:
    kl = torch.cat(divergences)
    return {
        "kl": float(kl.mean()),
        "kl_99": float(kl.quantile(0.99)),
        "same": float(torch.cat(same).float().mean()),
    }


if __name__ == "__main__":
    main()
