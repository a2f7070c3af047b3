"""Sampling with our engine, at temperature 1 and full support.

Unless `ends` is set it goes on behind an end-of-text token.
"""

import time

import torch

from cogitate import models
from cogitate.rollout.local import LocalSampler
from cogitate.thinking.machine import Markers
from cogitate.types import Budget, Request
from measure import Channel

DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16}


def main() -> None:
    channel = Channel()
    options = channel.options
    torch.set_num_threads(options["threads"])
    policy = models.load(options["folder"], dtype=DTYPES[options["dtype"]])
    ends = policy.tokenizer.eos if options["ends"] else frozenset()
    samplers: dict[int, LocalSampler] = {}

    def work(prompts: list[str], group_size: int, new_tokens: int, seed: int) -> dict[str, float]:
        num_rows = len(prompts) * group_size
        if num_rows not in samplers:
            samplers[num_rows] = LocalSampler(policy.decoder, Markers(ends=ends), rows=num_rows)
        requests = [
            Request(
                prompt=tuple(policy.tokenizer.encode_markup(prompts[row // group_size])),
                budget=Budget(answer=new_tokens),
                seed=seed * num_rows + row,
            )
            for row in range(num_rows)
        ]
        start = time.perf_counter()
        rollouts = samplers[num_rows].sample(requests)
        seconds = time.perf_counter() - start
        num_tokens = [len(rollout.tokens) for rollout in rollouts]
        assert options["ends"] or set(num_tokens) == {new_tokens}
        return {"seconds": seconds, "tokens": sum(num_tokens)}

    channel.serve(work)


main()
