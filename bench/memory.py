"""What training takes on a GPU, by model and by what is trained: the planner's own numbers.

    python bench/memory.py

For thoughts of 512 tokens and cards of several sizes, two thirds of which are used: rollouts at a
time, and tokens of a micro-batch. Prints the table of docs/gpu.md.
"""

from collections.abc import Iterator
from dataclasses import replace

import torch

from cogitate.engine.memory import cache_rows
from cogitate.hardware import Machine
from cogitate.models.architecture import Architecture
from cogitate.models.decoder import Decoder
from cogitate.train.workers import GPU_PACK, MIN_PACK, pack_tokens, takes
from cogitate.types import Budget

CARDS_GB = (8, 16, 24, 80)
BUDGET = Budget(think=512, answer=64)
SMOL = Architecture(
    family="llama", vocab_size=49_152, width=576, num_layers=30, num_heads=9, num_kv_heads=3,
    head_width=64, mlp_width=1536, context=8192,
)  # fmt: skip
QWEN = Architecture(
    family="qwen2", vocab_size=151_936, width=896, num_layers=24, num_heads=14, num_kv_heads=2,
    head_width=64, mlp_width=4864, context=32_768, qkv_bias=True, rope_theta=1e6,
)  # fmt: skip
MODELS = {
    "SmolLM2-135M": SMOL,
    "Qwen2.5-Coder-0.5B": QWEN,
    "Qwen2.5-Coder-1.5B": replace(
        QWEN, width=1536, num_layers=28, num_heads=12, head_width=128, mlp_width=8960
    ),
}


def rows() -> Iterator[str]:
    """Yield the lines of the table."""
    cards = [f"{size} GB" for size in CARDS_GB]
    yield "| model | trained | weights, gradients, moments | " + " | ".join(cards) + " |"
    yield "| --- | --- | --- |" + " --- |" * len(cards)
    for name, arch in MODELS.items():
        with torch.device("meta"):
            decoder = Decoder(arch)
        num = sum(p.numel() for p in decoder.parameters())
        for rank in (0, 16):
            decoder.requires_grad_(rank == 0)
            needed = takes(rank, machine(0)).each * num / 1e9
            kind = "all weights" if not rank else f"LoRA {rank}"
            each = [planned(decoder, needed, size) for size in CARDS_GB]
            yield f"| {name} | {kind} | {needed:.1f} GB | " + " | ".join(each) + " |"


def planned(decoder: Decoder, needed_gb: float, card_gb: int) -> str:
    """Return rollouts at a time and tokens of a micro-batch; a dash if the card is too small."""
    here = machine(card_gb)
    tokens = pack_tokens(decoder, here, GPU_PACK)
    if needed_gb > here.memory_gb or tokens == MIN_PACK:
        return "-"
    return f"{cache_rows(decoder.arch, BUDGET, here):,}; {tokens:,}"


def machine(card_gb: float) -> Machine:
    return Machine(
        dtype="bf16", threads=1, memory_gb=card_gb * 2 / 3, gflops_fp32=0, gflops_bf16=0,
        processor="", torch="", device="cuda",
    )  # fmt: skip


if __name__ == "__main__":
    print("\n".join(rows()))
