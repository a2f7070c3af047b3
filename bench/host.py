"""What the engine and the learner cost beside arithmetic, which bounds the speed of a fast device.

    python bench/host.py --rows 64 256

The engine samples with a decoder that computes nothing, from a vocabulary of 32 tokens. The learner
packs groups of 8 and prepares their attention. Medians of the rounds; the last line is JSON.
"""

import argparse
import random
import time
from types import SimpleNamespace

import torch
from torch import Tensor

import measure
from cogitate.engine.engine import Engine
from cogitate.hardware import processor
from cogitate.models.architecture import Architecture
from cogitate.thinking.machine import Markers
from cogitate.types import Budget, Datum, Request
from cogitate.update.tree import TreeAttention, pack

VOCABULARY, END = 32, 31
LENGTH = 150
"""Tokens of a rollout, on average; and of a prompt."""
ARCH = Architecture(
    family="llama", vocab_size=VOCABULARY, width=32, num_layers=1, num_heads=1, num_kv_heads=1,
    head_width=32, mlp_width=32, context=4096,
)  # fmt: skip


class Nothing:
    """Stands in for a decoder."""

    arch = ARCH
    norm = torch.ones(32)

    def __call__(self, tokens_N: Tensor, positions_N: Tensor, attention: object) -> Tensor:
        return torch.zeros(len(tokens_N), 1)

    def logits(self, hidden_ND: Tensor) -> Tensor:
        """Return logits under which a rollout has `LENGTH` tokens on average."""
        logits = torch.zeros(len(hidden_ND), VOCABULARY)
        logits[:, END] = torch.tensor((VOCABULARY - 1) / (LENGTH - 1)).log()
        return logits


def engine_us(rows: int, seed: int) -> float:
    """Return microseconds a row and step, with rows that end and are replaced."""
    engine = Engine(Nothing(), Markers(ends=frozenset({END})), rows=rows)  # pyright: ignore
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


def learner_us(groups: int, seed: int) -> float:
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
    attention = SimpleNamespace(made=TreeAttention(packed))
    seconds = time.perf_counter() - begun
    del attention
    return 1e6 * seconds / len(packed.tokens)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[64, 256])
    parser.add_argument("--groups", type=int, default=8, help="of the learner's pack")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    rounds = range(options.rounds)
    engine = {rows: measure.median(engine_us(rows, seed) for seed in rounds)
              for rows in options.rows}  # fmt: skip
    learner = measure.median(learner_us(options.groups, seed) for seed in rounds)
    rows = [(f"engine, {num} rows, us a row and step", us) for num, us in engine.items()]
    measure.show(processor(), ("beside arithmetic", "median"), [*rows, ("learner, us a token", learner)])
    measure.finish({"benchmark": "host", "processor": processor(), "learner_us": round(learner, 3),
                    "engine_us": {str(num): round(us, 2) for num, us in engine.items()}})  # fmt: skip


if __name__ == "__main__":
    main()
