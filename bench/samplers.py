"""vLLM as sampler beside our engine: loads, speed, and how far each is from the learner.

    make test-vllm    # makes the environment
    .venv-vllm/bin/python bench/samplers.py --model smollm2-135m --family letter_counting

Both get the same requests at temperature 1, in turns. Seconds of a load are those from published
weights to the first token by them, vLLM's reset of what it kept included. The mismatch is of
log-probabilities of sampled tokens, sampler's minus learner's, which is what a run watches.
"""

import argparse
import statistics
import time
from collections.abc import Sequence

import torch

from cogitate import models
from cogitate.hardware import processor
from cogitate.models import lora
from cogitate.models import weights as model_weights
from cogitate.prompt import prompt_tokens
from cogitate.rollout.local import LocalSampler, markers
from cogitate.rollout.vllm import VllmSampler
from cogitate.tasks import load_family
from cogitate.train.roles import TrainingSampler
from cogitate.types import Budget, Datum, Request, Rollout
from cogitate.update.learner import LocalLearner
from measure import finish, show

DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16}


def main() -> None:
    options = parse()
    policy = models.with_thinking(models.load(options.model, dtype=DTYPES[options.dtype]))
    if options.lora_rank:
        lora.apply(policy.decoder, rank=options.lora_rank, alpha=16.0, seed=0)
    known = markers(policy.tokenizer)
    samplers: dict[str, TrainingSampler] = {
        "cogitate": LocalSampler(policy.decoder, known, rows=options.n),
        "vLLM": VllmSampler(policy, known, rows=options.n, dtype=options.dtype),
    }
    asked = requests_of(policy, options)
    loads: dict[str, list[float]] = {name: [] for name in samplers}
    speeds: dict[str, list[float]] = {name: [] for name in samplers}
    wrote: dict[str, list[Rollout]] = {}
    for number in range(options.rounds):
        for name, sampler in list(samplers.items())[:: -1 if number % 2 else 1]:
            loads[name].append(load_s(policy, sampler, number))
            start = time.perf_counter()
            wrote[name] = sampler.sample(asked)
            num_tokens = sum(len(rollout.tokens) for rollout in wrote[name])
            speeds[name].append(num_tokens / (time.perf_counter() - start))
    learner = LocalLearner(policy.decoder)
    found = {name: mismatch(learner, rollouts) for name, rollouts in wrote.items()}
    report(options, loads, speeds, found)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", default="smollm2-135m")
    parser.add_argument("--family", default="letter_counting")
    parser.add_argument("--dtype", choices=DTYPES, default="bf16")
    parser.add_argument("--lora-rank", type=int, default=0)
    parser.add_argument("--n", type=int, default=64, help="rollouts, all at once")
    parser.add_argument("--think", type=int, default=48)
    parser.add_argument("--rounds", type=int, default=3)
    return parser.parse_args()


def requests_of(policy: models.Policy, options: argparse.Namespace) -> list[Request]:
    """Return requests of training questions, eight of each, as RL asks them."""
    family, budget = load_family(options.family), Budget(think=options.think, answer=8)
    return [
        Request(
            prompt=prompt_tokens(
                policy.tokenizer, family.generate("train", number // 8).question, budget
            ),
            budget=budget,
            temperature=1.0,
            seed=number,
        )
        for number in range(options.n)
    ]


def load_s(policy: models.Policy, sampler: TrainingSampler, version: int) -> float:
    """Return the seconds from published weights to a first token by them."""
    one = Request(prompt=(1, 2, 3), budget=Budget(think=0, answer=1), seed=version)
    published = model_weights.publish(policy.decoder, version)
    start = time.perf_counter()
    sampler.load_weights(published)
    sampler.sample([one])
    return time.perf_counter() - start


def mismatch(learner: LocalLearner, rollouts: Sequence[Rollout]) -> dict[str, float]:
    """Return how far a sampler's log-probabilities are from the learner's; no weight changes."""
    data = [
        Datum(
            prompt=rollout.request.prompt,
            completion=rollout.tokens,
            weights=tuple(sign * sampled for sampled in rollout.sampled),
            logprobs=rollout.logprobs,
        )
        for rollout, sign in zip(rollouts, (1.0, -1.0) * len(rollouts), strict=False)
    ]
    groups = [data[first : first + 8] for first in range(0, len(data), 8)]
    told = learner.forward_backward(groups)
    learner.optim_step(0.0)
    return {key: value for key, value in told.items() if key.startswith("logprob_diff")}


def report(
    options: argparse.Namespace,
    loads: dict[str, list[float]],
    speeds: dict[str, list[float]],
    found: dict[str, dict[str, float]],
) -> None:
    medians = {
        name: {
            "load, s": statistics.median(loads[name]),
            "tokens/s": statistics.median(speeds[name]),
        }
        | found[name]
        for name in loads
    }
    keys = list(next(iter(medians.values())))
    asked = f"{options.n} rollouts of {options.family}"
    show(
        f"{options.model}, {options.dtype}, {asked}, {processor()}",
        ["what", *medians],
        [[key, *(each[key] for each in medians.values())] for key in keys],
    )
    finish({"benchmark": "samplers", "processor": processor(), **vars(options)} | medians)


if __name__ == "__main__":
    main()
