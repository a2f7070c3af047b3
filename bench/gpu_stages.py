"""The stages of bench/gpu.py: each takes the folder of the results and returns what it measured."""

import copy
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Any

Json = dict[str, Any]


def device() -> str:
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


# ---------------------------------------------------------------- models


def shapes() -> Json:
    """Return the architectures by name: of real models, or in small without a GPU."""
    from cogitate.models.architecture import Architecture

    if device() == "cpu":
        small = Architecture(
            family="llama", vocab_size=512, width=64, num_layers=2, num_heads=4, num_kv_heads=2,
            head_width=16, mlp_width=128, context=1024,
        )  # fmt: skip
        return {"small": small, "small, biases": replace(small, family="qwen2", qkv_bias=True)}
    smol = Architecture(
        family="llama", vocab_size=49152, width=576, num_layers=30, num_heads=9, num_kv_heads=3,
        head_width=64, mlp_width=1536, context=8192,
    )  # fmt: skip
    qwen = Architecture(
        family="qwen2", vocab_size=151936, width=896, num_layers=24, num_heads=14, num_kv_heads=2,
        head_width=64, mlp_width=4864, context=32768, qkv_bias=True, rope_theta=1e6,
    )  # fmt: skip
    return {"135M": smol, "0.5B": qwen}


@cache
def drawn(arch: Any) -> Any:
    import torch

    from cogitate.models.decoder import Decoder

    decoder = Decoder(arch)
    decoder.init(torch.Generator().manual_seed(0))
    return decoder


def made(arch: Any, dtype: Any, on: str) -> Any:
    """Return a decoder with random weights; the same ones wherever it is."""
    return copy.deepcopy(drawn(arch)).to(dtype).to(on)


def requests(arch: Any, num: int, new: int, *, prompt: int = 64, group: int = 8) -> list[Any]:
    import random

    from cogitate.types import Budget, Request

    draw = random.Random(0)
    prompts = [tuple(draw.randrange(3, arch.vocab_size) for _ in range(prompt))
               for _ in range(-(-num // group))]  # fmt: skip
    budget = Budget(think=0, answer=new)
    return [Request(prompt=prompts[i // group], budget=budget, seed=i) for i in range(num)]


def groups_of(rollouts: list[Any]) -> list[list[Any]]:
    """Return data to learn from, with the sampler's log-probabilities."""
    from cogitate.types import Datum

    found: dict[tuple[int, ...], list[Any]] = {}
    for i, rollout in enumerate(rollouts):
        weights = (0.5 if i % 2 else -0.5,) * len(rollout.tokens)
        datum = Datum(prompt=rollout.request.prompt, completion=rollout.tokens,
                      weights=weights, logprobs=rollout.logprobs)  # fmt: skip
        found.setdefault(datum.prompt, []).append(datum)
    return list(found.values())


# ---------------------------------------------------------------- stages


def parity(out: Path) -> Json:
    """Compare the device with the CPU, and its ways with each other."""
    import inspect

    import torch

    from cogitate.update.tree import TreeAttention, pack
    from cogitate.update.varlen import VarlenTree

    del out
    found: Json = {}
    for name, arch in shapes().items():
        here, there = (made(arch, torch.float32, on) for on in ("cpu", device()))
        packed = [pack(groups_of(sampled(here, requests(arch, 16, 24))), torch.device(on))
                  for on in ("cpu", device())]  # fmt: skip
        logits = [scored(decoder, own, TreeAttention).cpu()
                  for decoder, own in zip((here, there), packed, strict=True)]  # fmt: skip
        found[f"{name}: fp32 logits, largest difference from the CPU"] = distance(*logits)
        dense, varlen = (gradient(made(arch, halved(), device()), packed[1], attend)
                         for attend in (TreeAttention, VarlenTree))  # fmt: skip
        relative = float((dense - varlen).norm() / dense.norm())
        found[f"{name}: varlen gradients, relative difference from the mask's"] = relative
        found |= agreement(name, arch)
    if device() == "cuda":
        from torch.nn.attention.varlen import varlen_attn

        found["varlen_attn"] = str(inspect.signature(varlen_attn))
    return found


def agreement(name: str, arch: Any) -> Json:
    """Return how sampler and learner agree in bf16, and whether graphs change a token in fp32."""
    import torch

    from cogitate.update.learner import LocalLearner

    decoder = made(arch, torch.bfloat16, device())
    rollouts = sampled(decoder, requests(arch, 64, 64))
    metrics = LocalLearner(decoder).forward_backward(groups_of(rollouts))
    exact = made(arch, torch.float32, device())
    asked = requests(arch, 8, 48)
    ways = [[r.tokens for r in sampled(exact, asked, graphs=graphs)] for graphs in (True, False)]
    same = sum(a == b for a, b in zip(*ways, strict=True))
    return {
        f"{name}: bf16 sampler and learner, mean difference": metrics["logprob_diff_mean"],
        f"{name}: bf16 sampler and learner, 99 % below": metrics["logprob_diff_p99"],
        f"{name}: rollouts that graphs leave as they are, of 8": same,
    }


def sampled(decoder: Any, asked: list[Any], *, graphs: bool = True) -> list[Any]:
    return sampler(decoder, len(asked), graphs=graphs).sample(asked)


def sampler(decoder: Any, rows: int, *, graphs: bool) -> Any:
    """Return a sampler as on a GPU, whose rollouts end at their limit; it reads the switch then."""
    from cogitate.engine import graphs as own
    from cogitate.rollout.local import LocalSampler
    from cogitate.thinking.machine import Markers

    own.serves = lambda _: True
    os.environ[own.SWITCH] = "1" if graphs else "0"
    return LocalSampler(decoder, Markers(), rows=rows)


def halved() -> Any:
    """Return the dtype that flash attention takes; the CPU's reference is exact."""
    import torch

    return torch.bfloat16 if device() == "cuda" else torch.float32


def scored(decoder: Any, packed: Any, attend: Callable[[Any], Any]) -> Any:
    import torch

    with torch.inference_mode():
        return decoder.logits(decoder(packed.tokens, packed.positions, attend(packed)))


def gradient(decoder: Any, packed: Any, attend: Callable[[Any], Any]) -> Any:
    """Return the gradients of the layers, flat."""
    import torch

    hidden = decoder(packed.tokens, packed.positions, attend(packed)).float()
    weights = torch.randn(hidden.shape, generator=torch.Generator().manual_seed(0))
    (hidden * weights.to(hidden.device)).sum().backward()
    return torch.cat([p.grad.float().flatten() for p in decoder.layers.parameters()])


def distance(one: Any, other: Any) -> float:
    return float((one - other).abs().max())


def rl(out: Path) -> Json:
    """Train the shipped mini-base, kill the run, resume it; return what was measured."""
    run, small = out / "rl", device() == "cpu"
    shutil.rmtree(run, ignore_errors=True)
    num_steps, killed_at = (4, 2) if small else (40, 12)
    start = time.perf_counter()
    with subprocess.Popen(taught(run, num_steps)) as own:
        while own.poll() is None and last_step(run) < killed_at:
            time.sleep(0.05)
        own.send_signal(signal.SIGKILL)
    killed = last_step(run)
    subprocess.run(taught(run, num_steps), check=True)
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    steps = [line["step"] for line in lines if line["phase"] == "rl"]
    assert steps == sorted(set(steps)), "a resumed run repeats no step"
    held_out = [line["held_out"] for line in lines if line["phase"] == "held_out"]
    return {"killed at step": killed, "steps": len(steps), "held-out before": held_out[0],
            "held-out after": held_out[-1],
            "seconds in all": time.perf_counter() - start}  # fmt: skip


def taught(run: Path, num_steps: int) -> list[str]:
    """Return the command that trains in a folder, or goes on there."""
    code = (
        "import sys; from dataclasses import replace; from pathlib import Path\n"
        "from cogitate.recipes import find; from cogitate.train import train\n"
        "config = find('quickstart')(); n = int(sys.argv[2])\n"
        "run = replace(config.run, trackers=(), checkpoint_every=max(1, n // 4), eval_every=n)\n"
        "config = replace(config, rl=replace(config.rl, num_steps=n), run=run)\n"
        "train(config, Path(sys.argv[1]), resume=True)\n"
    )
    return [sys.executable, "-c", code, str(run), str(num_steps)]


def last_step(run: Path) -> int:
    """Return the last step that a run has logged."""
    metrics = run / "metrics.jsonl"
    lines = metrics.read_text("utf-8").splitlines() if metrics.is_file() else []
    return max((json.loads(line)["step"] for line in lines if line.endswith("}")), default=0)


def decode(out: Path) -> Json:
    """Return tokens/s by shape, rows and way."""
    import torch

    del out
    found: Json = {}
    numbers, new = ((4, 8), 8) if device() == "cpu" else ((64, 256, 1024), 192)
    for name, arch in shapes().items():
        decoder = made(arch, torch.bfloat16, device())
        for rows in numbers:
            for graphs in (True, False):
                asked = requests(arch, rows, new)
                ours = sampler(decoder, rows, graphs=graphs)
                ours.sample(asked)  # captures the graphs
                start = time.perf_counter()
                num = sum(len(rollout.tokens) for rollout in ours.sample(asked))
                way = "graphs" if graphs else "eager"
                found[f"{name}, {rows} rows, {way}, tokens/s"] = num / (time.perf_counter() - start)
    return found


def learner(out: Path) -> Json:
    """Return tokens/s of updates by shape, pack and way."""
    import torch

    from cogitate.update.learner import LocalLearner
    from cogitate.update.tree import num_tokens

    del out
    found: Json = {}
    packs = (256,) if device() == "cpu" else (16_384, 65_536)
    for name, arch in shapes().items():
        for pack_tokens in packs:
            data = learned_from(arch, pack_tokens)
            for compiled in (False, True) if device() == "cuda" else (False,):
                decoder = made(arch, torch.bfloat16, device())
                if compiled:
                    for layer in decoder.layers:
                        layer.compile_parts()
                worker = LocalLearner(decoder, pack_tokens=pack_tokens)
                seconds = [updated(worker, data) for _ in range(4)]
                way = "compiled" if compiled else "eager"
                key = f"{name}, packs of {pack_tokens}, {way}, tokens/s"
                found[key] = sum(map(num_tokens, data)) / min(seconds[1:])
    return found


def learned_from(arch: Any, num_tokens: int, prompt: int = 64, new: int = 24) -> list[list[Any]]:
    """Return groups of eight of about as many tokens as a pack."""
    from cogitate.types import Datum

    asked = requests(arch, max(8, num_tokens // (prompt // 8 + new) // 8 * 8), 1)
    found: dict[tuple[int, ...], list[Any]] = {}
    for i, request in enumerate(asked):
        completion = tuple((7 * i + 3 * j) % arch.vocab_size for j in range(new))
        datum = Datum(prompt=request.prompt, completion=completion,
                      weights=(0.5 if i % 2 else -0.5,) * new, logprobs=(-5.0,) * new)  # fmt: skip
        found.setdefault(request.prompt, []).append(datum)
    return list(found.values())


def updated(worker: Any, data: list[list[Any]]) -> float:
    """Return the seconds of one update."""
    start = time.perf_counter()
    worker.forward_backward(data)
    worker.optim_step(1e-5)
    wait()
    return time.perf_counter() - start


def wait() -> None:
    import torch

    if device() == "cuda":
        torch.cuda.synchronize()


def others(out: Path) -> Json:
    """Return tokens/s of transformers on the same shapes."""
    del out
    if importlib.util.find_spec("transformers") is None:
        return {"left out": "transformers is not installed"}
    return {f"{name}, {key}": value for name, arch in shapes().items()
            for key, value in theirs(arch).items()}  # fmt: skip


def described(arch: Any) -> Any:
    """Return the shape as transformers has it."""
    from transformers import LlamaConfig, Qwen2Config

    kind = Qwen2Config if arch.family == "qwen2" else LlamaConfig
    return kind(
        vocab_size=arch.vocab_size, hidden_size=arch.width, num_hidden_layers=arch.num_layers,
        num_attention_heads=arch.num_heads, num_key_value_heads=arch.num_kv_heads,
        intermediate_size=arch.mlp_width, max_position_embeddings=arch.context,
        tie_word_embeddings=True, eos_token_id=None, pad_token_id=0,
    )  # fmt: skip


def theirs(arch: Any) -> Json:
    import torch
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_config(described(arch), dtype=torch.bfloat16).to(device())
    rows, new = (8, 8) if device() == "cpu" else (256, 64)
    tokens = torch.randint(3, arch.vocab_size, (rows, 64), device=device())
    seconds = [timed(lambda: model.generate(tokens, do_sample=True, max_new_tokens=new, top_k=0))
               for _ in range(2)]  # fmt: skip
    rows_learned = 4 if device() == "cpu" else 128
    learned = torch.randint(3, arch.vocab_size, (rows_learned, 128), device=device())

    def update() -> None:
        model(learned, labels=learned).loss.backward()
        model.zero_grad()

    updates = [timed(update) for _ in range(3)]
    return {f"generate, {rows} rows, tokens/s": rows * new / seconds[-1],
            "forward and backward, tokens/s": learned.numel() / min(updates[1:])}  # fmt: skip


def vllm(out: Path) -> Json:
    """Return tokens/s of vLLM on the same shapes, where it is installed."""
    if importlib.util.find_spec("vllm") is None or device() == "cpu":
        return {"left out": "vLLM is not installed, or there is no GPU"}
    from vllm import LLM, SamplingParams

    found: Json = {}
    for name, arch in shapes().items():
        folder = out / "vllm" / name
        described(arch).save_pretrained(folder)
        engine = LLM(str(folder), load_format="dummy", skip_tokenizer_init=True, dtype="bfloat16",
                     max_model_len=1024)  # fmt: skip
        settings = SamplingParams(temperature=1.0, max_tokens=192, ignore_eos=True,
                                  detokenize=False)  # fmt: skip
        prompts = [{"prompt_token_ids": list(r.prompt)} for r in requests(arch, 256, 1)]
        seconds = [timed(partial(engine.generate, prompts, settings)) for _ in range(2)]
        found[f"{name}, 256 rows, tokens/s"] = 256 * 192 / seconds[-1]
    return found


def timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    wait()
    return time.perf_counter() - start


STAGES: dict[str, Callable[[Path], Json]] = {
    "parity": parity, "rl": rl, "decode": decode, "learner": learner, "others": others,
    "vllm": vllm,
}  # fmt: skip
