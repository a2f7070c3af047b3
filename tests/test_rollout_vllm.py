"""vLLM as sampler, beside our own: `make test-vllm`, in an environment of its own."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from cogitate import models
from cogitate.errors import ModelError, UsageError
from cogitate.models import lora
from cogitate.models import weights as model_weights
from cogitate.prompt import prompt_tokens
from cogitate.rollout.local import LocalSampler, markers
from cogitate.train.cluster.probe import Probed, check_scores, learner_scores, sampler_scores
from cogitate.types import Budget, End, Request, Rollout, ThoughtEnd

pytestmark = pytest.mark.vllm


@pytest.fixture(scope="module")
def pair() -> tuple[models.Policy, LocalSampler, Probed]:
    """A policy with an adapter, our sampler and vLLM's."""
    from cogitate.rollout.vllm import VllmSampler

    policy = models.load("mini", dtype=torch.float32)
    lora.apply(policy.decoder, rank=4, alpha=8.0, seed=0)
    known = markers(policy.tokenizer)
    sampler = VllmSampler(policy, known, rows=8, dtype="fp32")
    return policy, LocalSampler(policy.decoder, known), Probed(sampler, policy.decoder, "fp32")


def requests(policy: models.Policy, budget: Budget, temperature: float) -> list[Request]:
    questions = [f"What is {i} + {7 * i}?" for i in range(6)]
    return [
        Request(
            prompt=prompt_tokens(policy.tokenizer, question, budget),
            budget=budget,
            temperature=temperature,
            seed=i,
        )
        for i, question in enumerate(questions)
    ]


BUDGETS = [
    Budget(think=0, answer=6),
    Budget(think=12, answer=6),
    Budget(think=200, answer=8),
    Budget(think=60, min_think=30, answer=8),
    Budget(think=40, soft_stop=20, answer=8),
    Budget(think=100, answer=8, break_loops=True),
    Budget(think=30, answer=20, one_block=True),
    Budget(think=30, total=20),
]


@pytest.mark.parametrize("budget", BUDGETS, ids=str)
def test_greedy_rollouts_are_our_own(pair, budget: Budget) -> None:
    policy, ours, theirs = pair
    asked = requests(policy, budget, 0.0)
    for one, other in zip(ours.sample(asked), theirs.sample(asked), strict=True):
        assert other.tokens == one.tokens
        assert (other.thought, other.sampled) == (one.thought, one.sampled)
        assert (other.end, other.thought_end, other.looped) == (
            one.end,
            one.thought_end,
            one.looped,
        )
        drawn = [i for i, sampled in enumerate(one.sampled) if sampled]
        assert [other.logprobs[i] for i in drawn] == pytest.approx(
            [one.logprobs[i] for i in drawn], abs=1e-3
        )


def test_a_request_has_one_rollout_whatever_is_beside_it(pair) -> None:
    policy, ours, theirs = pair
    asked = requests(policy, Budget(think=30, answer=6), 1.0)
    alone = [theirs.sample([request])[0] for request in asked]
    together = theirs.sample(asked)
    assert [r.tokens for r in alone] == [r.tokens for r in together]
    scored = [
        replace(rollout.request, prompt=(*rollout.request.prompt, *rollout.tokens), echo=True)
        for rollout in alone
    ]
    for rollout, echo in zip(alone, ours.sample(scored), strict=True):
        found = [score for score, *_ in echo.prompt_scores[-len(rollout.tokens) :]]
        drawn = [i for i, sampled in enumerate(rollout.sampled) if sampled]
        assert [rollout.logprobs[i] for i in drawn] == pytest.approx(
            [found[i] for i in drawn], abs=1e-3
        )


def test_new_weights_are_all_loaded_and_stale_ones_are_found(pair) -> None:
    policy, _, theirs = pair
    vocab_size = policy.decoder.arch.vocab_size
    before = sampler_scores(theirs, vocab_size)
    with torch.no_grad():
        for name, weight in policy.decoder.named_parameters():
            if "lora_b" in name:
                weight.normal_(std=0.05)
    with pytest.raises(ModelError, match="does not have the weights"):
        check_scores(learner_scores(policy.decoder), before, "fp32")
    theirs.load_weights(model_weights.publish(policy.decoder, 1))
    after = sampler_scores(theirs, vocab_size)
    assert max(abs(a - b) for a, b in zip(before, after, strict=True)) > 1e-3
    (rollout,) = theirs.sample(requests(policy, Budget(think=4, answer=4), 1.0)[:1])
    assert rollout.version == 1


def test_rollouts_that_follow_are_asked_too(pair) -> None:
    policy, _, theirs = pair
    first, *more = requests(policy, Budget(think=4, answer=4), 1.0)

    def then(rollout: Rollout) -> list[Request]:
        return [more.pop()] if more else []

    found = theirs.sample([first], then)
    assert len(found) == 6
    assert all(rollout.end in (End.DONE, End.TRUNCATED) for rollout in found)


@pytest.mark.parametrize(
    ("request_", "why"),
    [
        (Request(prompt=(1,), budget=Budget(deadline_s=1.0)), "deadline"),
        (Request(prompt=(1,), budget=Budget(probe_every=8)), "probes"),
        (Request(prompt=(1,), schema="{}"), "schema"),
        (Request(prompt=(1,), banned=(2,)), "banned"),
    ],
)
def test_what_does_not_segment_is_refused_by_name(pair, request_: Request, why: str) -> None:
    with pytest.raises(UsageError, match=f"run.sampler vllm does not serve .*{why}"):
        pair[2].sample([request_])


def test_a_prompt_that_fills_the_context_is_no_rollout(pair) -> None:
    policy, _, theirs = pair
    full = Request(prompt=(1,) * policy.decoder.arch.context)
    (rollout,) = theirs.sample([full])
    assert (rollout.end, rollout.thought_end) == (End.ERROR, ThoughtEnd.NONE)


def test_rl_by_vllm_rises(tmp_path: Path) -> None:
    from canaries import WINDOW
    from cogitate.recipes.canary import canary
    from cogitate.runs.folder import read_lines
    from cogitate.train import train

    config = canary(seed=0)
    config = replace(
        config, run=replace(config.run, sampler="vllm", dtype="fp32", trackers=(), eval_every=0)
    )
    train(config, tmp_path / "out")
    rewards = [m["reward"] for m in read_lines(tmp_path / "out" / "metrics.jsonl") if "reward" in m]
    first, last = rewards[:WINDOW], rewards[-WINDOW:]
    assert sum(last) > sum(first) + 0.2 * WINDOW
