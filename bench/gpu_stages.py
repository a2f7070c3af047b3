"""The stages of bench/gpu.py: each takes the folder of the results and yields what it measures."""

import copy
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

Found = Iterator[tuple[str, Any]]
ROWS, PROMPT, NEW, GROUP = 256, 64, 192, 8
"""What is compared: rows, tokens of a prompt, of a rollout, and rollouts of a prompt."""


def device() -> str:
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


# ---------------------------------------------------------------- models


def shapes() -> dict[str, Any]:
    """Return the architectures by name: of real models, or in small without a GPU."""
    import memory

    if device() == "cuda":
        return {"135M": memory.SMOL, "0.5B": memory.QWEN}
    small = replace(memory.SMOL, vocab_size=512, width=64, num_layers=2, num_heads=4,
                    num_kv_heads=2, head_width=16, mlp_width=128, context=1024)  # fmt: skip
    return {"small": small, "small, biases": replace(small, family="qwen2", qkv_bias=True)}


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


def requests(arch: Any, num: int, new: int) -> list[Any]:
    import random

    from cogitate.types import Budget, Request

    draw = random.Random(0)
    prompts = [tuple(draw.randrange(3, arch.vocab_size) for _ in range(PROMPT))
               for _ in range(-(-num // GROUP))]  # fmt: skip
    budget = Budget(think=0, answer=new)
    return [Request(prompt=prompts[i // GROUP], budget=budget, seed=i) for i in range(num)]


def groups_of(prompts_and_completions: list[tuple[Any, Any, Any]]) -> list[list[Any]]:
    """Return data to learn from: groups of one prompt, with the sampler's log-probabilities."""
    from cogitate.types import Datum

    found: dict[tuple[int, ...], list[Any]] = {}
    for i, (prompt, completion, logprobs) in enumerate(prompts_and_completions):
        weights = (0.5 if i % 2 else -0.5,) * len(completion)
        datum = Datum(prompt=prompt, completion=completion, weights=weights, logprobs=logprobs)
        found.setdefault(prompt, []).append(datum)
    return list(found.values())


def learned_from(rollouts: list[Any]) -> list[list[Any]]:
    return groups_of([(r.request.prompt, r.tokens, r.logprobs) for r in rollouts])


# ---------------------------------------------------------------- measuring


def tried(key: str, work: Callable[[], float]) -> tuple[str, Any]:
    """Return a measurement by its name, or that there is too little memory for it."""
    import torch

    try:
        return key, work()
    except torch.OutOfMemoryError:
        torch.cuda.empty_cache()
        return key, "out of memory"


def timed(work: Callable[[], object]) -> float:
    import torch

    start = time.perf_counter()
    work()
    if device() == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - start


# ---------------------------------------------------------------- stages


def parity(out: Path) -> Found:
    """Compare the device with the CPU, and its ways with each other."""
    import inspect

    import torch

    from cogitate.update.tree import TreeAttention, pack
    from cogitate.update.varlen import VarlenTree

    del out
    if device() == "cuda":
        from torch.nn.attention.varlen import varlen_attn

        yield "varlen_attn", str(inspect.signature(varlen_attn))
    for name, arch in shapes().items():
        here, there = (made(arch, torch.float32, on) for on in ("cpu", device()))
        groups = learned_from(sampled(there, requests(arch, 16, 24)))
        packed = [pack(groups, torch.device(on)) for on in ("cpu", device())]
        logits = [scored(decoder, own, TreeAttention).cpu()
                  for decoder, own in zip((here, there), packed, strict=True)]  # fmt: skip
        yield f"{name}: fp32 logits, largest difference from the CPU", distance(*logits)
        dense, varlen = (gradient(made(arch, halved(), device()), packed[1], attend)
                         for attend in (TreeAttention, VarlenTree))  # fmt: skip
        relative = float((dense - varlen).norm() / dense.norm())
        yield f"{name}: varlen gradients, relative difference from the mask's", relative
        yield from agreement(name, arch)


def agreement(name: str, arch: Any) -> Found:
    """Yield how sampler and learner agree in bf16, and whether graphs change a token in fp32."""
    import torch

    from cogitate.update.learner import LocalLearner

    decoder = made(arch, torch.bfloat16, device())
    rollouts = sampled(decoder, requests(arch, 64, 64))
    metrics = LocalLearner(decoder).forward_backward(learned_from(rollouts))
    yield f"{name}: bf16 sampler and learner, mean difference", metrics["logprob_diff_mean"]
    yield f"{name}: bf16 sampler and learner, 99 % below", metrics["logprob_diff_p99"]
    exact = made(arch, torch.float32, device())
    asked = requests(arch, 8, 48)
    ways = [[r.tokens for r in sampled(exact, asked, graphs=graphs)] for graphs in (True, False)]
    same = sum(a == b for a, b in zip(*ways, strict=True))
    yield f"{name}: rollouts that graphs leave as they are, of 8", same


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


def rl(out: Path) -> Found:
    """Train the shipped mini-base, kill the run, and resume it."""
    run, small = out / "rl", device() == "cpu"
    shutil.rmtree(run, ignore_errors=True)
    num_steps, killed_at = (4, 2) if small else (40, 12)
    start = time.perf_counter()
    with subprocess.Popen(taught(run, num_steps)) as own:
        while own.poll() is None and last_step(run) < killed_at:
            time.sleep(0.05)
        own.send_signal(signal.SIGKILL)
    yield "killed at step", last_step(run)
    subprocess.run(taught(run, num_steps), check=True)
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    steps = [line["step"] for line in lines if line["phase"] == "rl"]
    assert steps == sorted(set(steps)), "a resumed run repeats no step"
    held_out = [line["held_out"] for line in lines if line["phase"] == "held_out"]
    yield "steps", len(steps)
    yield "held-out before", held_out[0]
    yield "held-out after", held_out[-1]
    yield "seconds in all", time.perf_counter() - start


def taught(run: Path, num_steps: int) -> list[str]:
    """Return the command that trains in a folder, or goes on there."""
    code = (
        "import sys; from dataclasses import replace; from pathlib import Path\n"
        "from cogitate.recipes import find; from cogitate.train import train\n"
        "config = find('quickstart')(); n, asked = map(int, sys.argv[2:])\n"
        "run = replace(config.run, trackers=(), checkpoint_every=max(1, n // 4), eval_every=n,\n"
        "              eval_n=asked)\n"
        "config = replace(config, rl=replace(config.rl, num_steps=n), run=run)\n"
        "train(config, Path(sys.argv[1]), resume=True)\n"
    )
    return [sys.executable, "-c", code, str(run), str(num_steps), str(num_steps * 5)]


def last_step(run: Path) -> int:
    """Return the last step that a run has logged."""
    metrics = run / "metrics.jsonl"
    lines = metrics.read_text("utf-8").splitlines() if metrics.is_file() else []
    return max((json.loads(line)["step"] for line in lines if line.endswith("}")), default=0)


def decode(out: Path) -> Found:
    """Measure tokens/s by shape, rows and way."""
    import torch

    del out
    numbers = (4, 8) if device() == "cpu" else (ROWS, 64, 1024)
    for name, arch in shapes().items():
        decoder = made(arch, torch.bfloat16, device())
        for rows in numbers:
            for way in ("graphs", "eager"):
                key = f"{name}, {rows} rows, {way}, tokens/s"
                yield tried(key, lambda d=decoder, n=rows, w=way: decoded(d, n, w))


def decoded(decoder: Any, rows: int, way: str) -> float:
    asked = requests(decoder.arch, rows, 8 if device() == "cpu" else NEW)
    ours = sampler(decoder, rows, graphs=way == "graphs")
    for _ in range(2):  # captures graphs; the cache has its size afterwards
        ours.sample(asked)
    start = time.perf_counter()
    num = sum(len(rollout.tokens) for rollout in ours.sample(asked))
    return num / (time.perf_counter() - start)


def learner(out: Path) -> Found:
    """Measure learned tokens/s of whole updates, optimiser included, by shape, pack and way."""
    import torch

    from cogitate.config import RunConfig
    from cogitate.hardware import detect
    from cogitate.train.workers import pack_tokens

    del out
    for name, arch in shapes().items():
        machine = detect(RunConfig(dtype="bf16"))
        most = pack_tokens(made(arch, torch.bfloat16, device()), machine, 65_536)
        packs = (256,) if device() == "cpu" else sorted({min(n, most) for n in (16_384, 65_536)})
        for size in packs:
            for way in ("eager", "compiled") if device() == "cuda" else ("eager",):
                key = f"{name}, packs of {size}, {way}, learned tokens/s"
                yield tried(key, lambda a=arch, n=size, w=way: updated(a, n, w))


def updated(arch: Any, pack_tokens: int, way: str) -> float:
    import torch

    from cogitate.update.learner import LocalLearner

    decoder = made(arch, torch.bfloat16, device())
    if way == "compiled":
        for layer in decoder.layers:
            layer.compile_parts()
    worker, data = LocalLearner(decoder, pack_tokens=pack_tokens), groups_of(rollouts(arch))

    def update() -> None:
        worker.forward_backward(data)
        worker.optim_step(1e-5)

    seconds = [timed(update) for _ in range(4)]
    return sum(len(datum.completion) for group in data for datum in group) / min(seconds[1:])


def rollouts(arch: Any) -> list[tuple[Any, Any, Any]]:
    """Return what is learned from: the rows and lengths that are sampled too."""
    new = 24 if device() == "cpu" else NEW
    return [
        (r.prompt, tuple((7 * i + 3 * j) % arch.vocab_size for j in range(new)), (-5.0,) * new)
        for i, r in enumerate(requests(arch, 8 if device() == "cpu" else ROWS, 1))
    ]


def others(out: Path) -> Found:
    """Measure transformers on the same shapes, rows and lengths; without an optimiser."""
    import torch

    del out
    if importlib.util.find_spec("transformers") is None:
        yield "left out", "transformers is not installed"
        return
    from transformers import AutoModelForCausalLM

    for name, arch in shapes().items():
        model = AutoModelForCausalLM.from_config(described(arch), dtype=torch.bfloat16)
        model.to(device())
        data = groups_of(rollouts(arch))
        yield tried(f"{name}, generate, tokens/s", lambda m=model, d=data: generated(m, d))
        key = f"{name}, forward and backward, learned tokens/s"
        yield tried(key, lambda m=model, d=data: differentiated(m, d))


def generated(model: Any, data: list[list[Any]]) -> float:
    import torch

    prompts = [datum.prompt for group in data for datum in group]
    tokens, new = torch.tensor(prompts, device=device()), len(data[0][0].completion)
    seconds = [timed(lambda: model.generate(tokens, do_sample=True, max_new_tokens=new, top_k=0))
               for _ in range(2)]  # fmt: skip
    return len(prompts) * new / seconds[-1]


def differentiated(model: Any, data: list[list[Any]], at_once: int = 16) -> float:
    """Return learned tokens/s of forward and backward; a row is a prompt and its completion."""
    import torch

    rows = [[*datum.prompt, *datum.completion] for group in data for datum in group]
    tokens = torch.tensor(rows, device=device())
    labels = tokens.clone()
    labels[:, : len(data[0][0].prompt)] = -100

    def update() -> None:
        for own, goal in zip(tokens.split(at_once), labels.split(at_once), strict=True):
            model(own, labels=goal).loss.backward()
        model.zero_grad()

    seconds = [timed(update) for _ in range(3)]
    return sum(len(datum.completion) for group in data for datum in group) / min(seconds[1:])


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


def vllm(out: Path) -> Found:
    """Measure vLLM on the first shape, where it is installed: it takes most of the memory."""
    if importlib.util.find_spec("vllm") is None or device() == "cpu":
        yield "left out", "vLLM is not installed, or there is no GPU"
        return
    from vllm import LLM, SamplingParams

    name, arch = next(iter(shapes().items()))
    folder = out / "vllm"
    described(arch).save_pretrained(folder)
    engine = LLM(str(folder), load_format="dummy", skip_tokenizer_init=True, dtype="bfloat16",
                 max_model_len=1024)  # fmt: skip
    settings = SamplingParams(temperature=1.0, max_tokens=NEW, ignore_eos=True, detokenize=False)
    prompts = [{"prompt_token_ids": list(r.prompt)} for r in requests(arch, ROWS, 1)]
    seconds = [timed(lambda: engine.generate(prompts, settings)) for _ in range(2)]
    yield f"{name}, {ROWS} rows, tokens/s", ROWS * NEW / seconds[-1]


STAGES: dict[str, Callable[[Path], Found]] = {
    "parity": parity, "rl": rl, "decode": decode, "learner": learner, "others": others,
    "vllm": vllm,
}  # fmt: skip
