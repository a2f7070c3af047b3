"""One step of ours at a time: rollouts, rewards, advantages, update, publication."""

import time

from cogitate import models
from cogitate.advantage import ADVANTAGES
from cogitate.config import RunConfig
from cogitate.hardware import detect
from cogitate.models import lora
from cogitate.rollout.local import LocalSampler
from cogitate.thinking.machine import Markers
from cogitate.train.workers import pack_tokens
from cogitate.types import Budget, Datum, Request, Rollout
from cogitate.update.learner import LocalLearner
from measure import LORA_ALPHA, Channel, make_rewards


class Step:
    """The policy, its sampler and its learner, and the number of the step."""

    def __init__(self, options: dict) -> None:
        machine = detect(
            RunConfig(dtype=options["dtype"], threads=options["threads"], device="cpu")
        )
        policy = models.load(options["folder"], dtype=machine.torch_dtype)
        if rank := options["lora_rank"]:
            lora.apply(policy.decoder, rank=rank, alpha=LORA_ALPHA, seed=options["seed"])
        self.tokenizer = policy.tokenizer
        self.prompts, self.group_size = options["prompts"], options["group_size"]
        self.seed, self.number = options["seed"], 0
        num_rows = len(self.prompts) * self.group_size
        self.ends = options["ends"]
        ends = self.tokenizer.eos if self.ends else frozenset()
        self.sampler = LocalSampler(policy.decoder, Markers(ends=ends), rows=num_rows)
        self.learner = LocalLearner(
            policy.decoder, pack_tokens=pack_tokens(policy.decoder, machine)
        )
        ids = [self.tokenizer.encode_markup(text) for text in self.prompts]
        assert ids == options["prompt_ids"]

    def __call__(self, new_tokens: int) -> dict[str, float]:
        start = time.perf_counter()
        rollouts = self.sampler.sample(self.requests(new_tokens))
        assert self.ends or all(len(rollout.tokens) == new_tokens for rollout in rollouts)
        rolled_out = time.perf_counter()
        metrics = self.learner.forward_backward(self.groups(rollouts))
        self.learner.optim_step(lr=1e-6)
        self.number += 1
        self.sampler.load_weights(self.learner.publish(self.number))
        end = time.perf_counter()
        return {
            "seconds": end - start,
            "rollout_s": rolled_out - start,
            "update_s": end - rolled_out,
            "learned_tokens": int(metrics["num_tokens"]),
        }

    def requests(self, new_tokens: int) -> list[Request]:
        first = self.number * len(self.prompts) * self.group_size
        rows = [
            tuple(self.tokenizer.encode_markup(text))
            for text in self.prompts
            for _ in range(self.group_size)
        ]
        budget = Budget(answer=new_tokens)
        return [Request(prompt=row, budget=budget, seed=first + i) for i, row in enumerate(rows)]

    def groups(self, rollouts: list[Rollout]) -> list[list[Datum]]:
        rewards = make_rewards(self.seed, self.number, len(self.prompts), self.group_size)
        advantages = [a for group in rewards for a in ADVANTAGES["dr_grpo"](group)]
        data = [
            Datum(
                prompt=rollout.request.prompt,
                completion=rollout.tokens,
                weights=(advantage,) * len(rollout.tokens),
                logprobs=rollout.logprobs,
            )
            for rollout, advantage in zip(rollouts, advantages, strict=True)
        ]
        size = self.group_size
        return [data[i : i + size] for i in range(0, len(data), size)]


def main() -> None:
    channel = Channel()
    channel.serve(Step(channel.options))


main()
