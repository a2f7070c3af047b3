"""What the engine and the learner cost beside arithmetic, which bounds the speed of a fast device.

    python bench/host.py --rows 64 256

The engine samples with a decoder that computes nothing, from a vocabulary of 32 tokens, as on a CPU
and as on a GPU (`static`). The learner packs groups of 8 and prepares their attention, by a mask
(CPU) and by segments (GPU). Medians of the rounds; the last line is JSON.
"""

import argparse
import math
import random
import time
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

import measure
from cogitate.engine import graphs
from cogitate.engine.engine import Engine
from cogitate.hardware import processor
from cogitate.models.architecture import Architecture
from cogitate.thinking.machine import Markers
from cogitate.types import Budget, Datum, Request
from cogitate.update.tree import Pack, TreeAttention, pack
from cogitate.update.varlen import VarlenTree

VOCABULARY, END = 32, 31
LENGTH = 150
"""Tokens of a rollout, on average; and of a prompt."""
ARCH = Architecture(
    family="llama", vocab_size=VOCABULARY, width=32, num_layers=1, num_heads=1, num_kv_heads=1,
    head_width=32, mlp_width=32, context=4096,
)  # fmt: skip
LOGITS = torch.zeros(VOCABULARY)
LOGITS[END] = math.log((VOCABULARY - 1) / (LENGTH - 1))


class Nothing:
    """Stands in for a decoder."""

    arch = ARCH
    norm = torch.ones(32)

    def modules(self) -> list[object]:
        """Return none, and so none that is quantized."""
        return []

    def __call__(self, tokens_N: Tensor, _positions_N: Tensor, _attention: object) -> Tensor:
        return torch.zeros(len(tokens_N), 1)

    def logits(self, hidden_ND: Tensor) -> Tensor:
        """Return logits under which a rollout has `LENGTH` tokens on average."""
        return LOGITS.expand(len(hidden_ND), -1).clone()


def nothing(*given: Any, **_how: Any) -> Tensor:
    """Stand in for a graph."""
    return torch.zeros(given[3], 1)


def engine_us(rows: int, seed: int, *, static: bool) -> float:
    """Return microseconds a row and step, with rows that end and are replaced."""
    markers = Markers(ends=frozenset({END}))
    graphs.serves = lambda _: static
    engine = Engine(Nothing(), markers, rows=rows)  # pyright: ignore
    budget = Budget(answer=8 * LENGTH)
    requests = (Request(prompt=(1, 2, 3), budget=budget, seed=seed * 10**6 + i)
                for i in range(10**6))  # fmt: skip
    for _ in range(rows):
        engine.submit(next(requests))
    begun, num = 0.0, 0
    for step in range(3 * LENGTH):
        if step == LENGTH:
            begun, num = time.perf_counter(), 0
        ended = sum(event.rollout is not None for event in engine.step(tokens=False))
        num += rows
        for _ in range(ended):
            engine.submit(next(requests))
    return 1e6 * (time.perf_counter() - begun) / num


def learner_us(groups: int, seed: int, attention: Callable[[Pack], object]) -> float:
    """Return microseconds a token of packing and preparing attention."""
    draw = random.Random(seed)

    def tokens(num: int) -> tuple[int, ...]:
        return tuple(draw.randrange(VOCABULARY) for _ in range(num))

    data = []
    for _ in range(groups):
        prompt, lengths = tokens(LENGTH), [draw.randrange(1, 2 * LENGTH) for _ in range(8)]
        data.append([Datum(prompt=prompt, completion=tokens(n), weights=(0.5,) * n,
                           logprobs=(-0.5,) * n) for n in lengths])  # fmt: skip
    begun = time.perf_counter()
    packed = pack(data, torch.device("cpu"))
    attention(packed)
    seconds = time.perf_counter() - begun
    return 1e6 * seconds / len(packed.tokens)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[64, 256])
    parser.add_argument("--groups", type=int, default=8, help="of the learner's pack")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    rounds = range(options.rounds)
    graphs.Graphs.decode = nothing
    found = {}
    for place in ("CPU", "GPU"):
        for rows in options.rows:
            took = [engine_us(rows, seed, static=place == "GPU") for seed in rounds]
            found[f"engine as on a {place}, {rows} rows, us a row and step"] = measure.median(took)
        attention = VarlenTree if place == "GPU" else TreeAttention
        took = [learner_us(options.groups, seed, attention) for seed in rounds]
        found[f"learner as on a {place}, us a token"] = measure.median(took)
    measure.show(processor(), ("beside arithmetic", "median"), list(found.items()))
    rounded = {key: round(us, 3) for key, us in found.items()}
    measure.finish({"benchmark": "host", "processor": processor(), **rounded})


if __name__ == "__main__":
    main()
