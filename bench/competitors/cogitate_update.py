"""Updates with our learner: groups packed as trees, or every rollout with its own prompt."""

import random
import time

import torch

from cogitate import models
from cogitate.types import Datum
from cogitate.update.learner import LocalLearner
from measure import Channel

DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16}


def main() -> None:
    channel = Channel()
    options = channel.options
    torch.set_num_threads(options["threads"])
    policy = models.load(options["folder"], dtype=DTYPES[options["dtype"]])
    learner = LocalLearner(policy.decoder)
    source = random.Random(options["seed"])
    vocabulary = range(policy.tokenizer.size)

    def datum(prompt: tuple[int, ...], row: int, new_tokens: int) -> Datum:
        return Datum(
            prompt=prompt,
            completion=tuple(source.choices(vocabulary, k=new_tokens)),
            weights=(0.5 if row % 2 else -0.5,) * new_tokens,
        )

    def work(prompts: list[str], group_size: int, new_tokens: int, layout: str) -> dict[str, float]:
        groups = []
        for text in prompts:
            prompt = tuple(policy.tokenizer.encode_markup(text))
            group = [datum(prompt, row, new_tokens) for row in range(group_size)]
            groups += [group] if layout == "packed" else [[one] for one in group]
        start = time.perf_counter()
        learner.forward_backward(groups)
        computed = time.perf_counter()
        learner.optim_step(lr=1e-6)
        end = time.perf_counter()
        return {"seconds": end - start, "forward_backward_s": computed - start}

    channel.serve(work)


main()
