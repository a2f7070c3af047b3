"""Profile of one RL step: the share of matrix products in its time.

    python bench/step_profile.py --model mini

The step is that of `rl_step.py`: 8 groups of 8 rollouts of 64 tokens, then one update. Times are
those of torch's profiler, within operations; the rest is Python. The share of the products bounds
the speed-up that is possible with the same arithmetic.
"""

import time
from collections.abc import Callable

import torch
from torch.profiler import ProfilerActivity, profile

import measure
from cogitate import models
from cogitate.rollout.local import LocalSampler
from cogitate.thinking.machine import Markers
from cogitate.types import Budget, Datum, Request
from cogitate.update.learner import LocalLearner

PRODUCTS = ("aten::mm", "aten::bmm", "aten::addmm", "aten::baddbmm", "mkldnn::_linear_pointwise")
GROUPS, GROUP_SIZE, PROMPT_TOKENS, NEW_TOKENS = 8, 8, 64, 64
SHOWN = 8


def main() -> None:
    parser = measure.parser(__doc__)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    decoder = models.load(options.model, dtype=torch.bfloat16).decoder
    size = decoder.arch.vocab_size
    prompts = [
        tuple(torch.randint(8, size, (PROMPT_TOKENS,)).tolist()) for _ in range(GROUPS)
    ]  # what they say does not matter here
    sampler = LocalSampler(decoder, Markers(), rows=GROUPS * GROUP_SIZE)
    learner = LocalLearner(decoder)

    def roll_out():
        budget = Budget(answer=NEW_TOKENS)
        rows = [prompt for prompt in prompts for _ in range(GROUP_SIZE)]
        return sampler.sample(
            [Request(prompt=p, budget=budget, seed=i) for i, p in enumerate(rows)]
        )

    rollouts = roll_out()
    data = [
        [
            Datum(prompt=r.request.prompt, completion=r.tokens, logprobs=r.logprobs,
                  weights=((-1.0) ** place,) * NEW_TOKENS)
            for place, r in enumerate(rollouts[i * GROUP_SIZE :][:GROUP_SIZE])
        ]
        for i in range(GROUPS)
    ]  # fmt: skip

    def update() -> None:
        learner.forward_backward(data)
        learner.optim_step(lr=0.0)

    found = {"rollout": timed(roll_out), "update": timed(update)}
    seconds = sum(part["seconds"] for part in found.values())
    products = sum(part["products_s"] for part in found.values())
    print(f"\nproducts are {products / seconds:.0%} of the step")
    measure.finish({"benchmark": "step_profile", "model": options.model, **found})


def timed(work: Callable[[], object]) -> dict[str, float]:
    """Run it three times, the last one under the profiler; print its most expensive operations."""
    work()
    start = time.perf_counter()
    work()
    seconds = time.perf_counter() - start
    with profile(activities=[ProfilerActivity.CPU]) as profiler:
        work()
    rows = sorted(profiler.key_averages(), key=lambda row: -row.self_cpu_time_total)
    within = sum(row.self_cpu_time_total for row in rows)
    products = sum(row.self_cpu_time_total for row in rows if row.key in PRODUCTS)
    measure.show(
        f"{seconds:.2f} s; products {products / within:.0%} of what is within operations",
        ("operation", "share", "calls"),
        [(row.key, f"{row.self_cpu_time_total / within:.1%}", row.count) for row in rows[:SHOWN]],
    )
    return {"seconds": seconds, "products_s": seconds * products / within}


if __name__ == "__main__":
    main()
