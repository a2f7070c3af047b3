"""Sampling with our engine, at temperature 1 and full support, end-of-text ignored."""

import time

import torch

from cogitate import models
from cogitate.rollout.local import LocalSampler
from cogitate.rollout.thinking import Markers
from cogitate.types import Budget, Request
from measure import Channel

DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16}


def main() -> None:
    channel = Channel()
    options = channel.options
    torch.set_num_threads(options["threads"])
    policy = models.load(options["folder"], dtype=DTYPES[options["dtype"]])
    samplers: dict[int, LocalSampler] = {}

    def work(prompts: list[str], group_size: int, new_tokens: int, seed: int) -> dict[str, float]:
        num_rows = len(prompts) * group_size
        if num_rows not in samplers:
            samplers[num_rows] = LocalSampler(policy.decoder, Markers(), rows=num_rows)
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
        assert all(len(rollout.tokens) == new_tokens for rollout in rollouts)
        return {"seconds": seconds}

    channel.serve(work)


main()
