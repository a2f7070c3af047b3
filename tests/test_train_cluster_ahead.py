"""Batches sampled ahead: from which weights, whatever the timing, and what is dropped."""

import random
import time
from concurrent.futures import wait
from dataclasses import replace
from pathlib import Path

import pytest

from cogitate.config import ScaleConfig
from cogitate.runs.checkpoint import read_checkpoint
from cogitate.train.cluster.ahead import Ahead
from cogitate.train.data.batch import Batch
from cogitate.train.data.curriculum import Curriculum
from cogitate.train.loop import dealt, off_policy, together
from cogitate.train.plan import Phase
from cogitate.types import Weights
from table import Bench, start
from test_train_data_curriculum import adaptive


class Sampler:
    """Answers with the version of its weights, after a while."""

    def __init__(self) -> None:
        self.version, self.users, self._rng = -1, 0, random.Random(0)

    def load_weights(self, weights: Weights) -> None:
        assert not self.users, "weights must not change while a batch is sampled"
        self.version = weights.version

    def sample(self, requests, then=None, poll=None):
        self.users += 1
        assert self.users == 1, "two sample at once"
        time.sleep(self._rng.random() * 0.01)
        self.users -= 1
        return [self.version]


class Source:
    """Samples once for each batch."""

    def __init__(self, ahead: Ahead) -> None:
        self._ahead, self.numbers = ahead, []

    def batch(self, step: int) -> Batch:
        self.numbers.append(step)
        (version,) = self._ahead.sample([])
        return Batch(groups=[], metrics={"version": version, "number": step})


def weights(version: int) -> Weights:
    return Weights(version=version, tensors={})


def make(lead: int, *, first: int = 0, steps: int = 8) -> tuple[Ahead, Phase, Source]:
    ahead = Ahead(Sampler(), lead)
    source = Source(ahead)
    ahead.load_weights(weights(first))
    return ahead, Phase(name="rl", first=first, num_steps=steps, lr=1.0, source=source), source


def run(ahead: Ahead, phase: Phase, *, silent: tuple[int, ...] = ()) -> list[float]:
    """Run a phase; steps in `silent` publish nothing. Return the version of each batch."""
    versions = []
    for step in range(phase.first, phase.end):
        versions.append(ahead.batch(phase, step).metrics["version"])
        time.sleep(0.003)
        if step not in silent:
            ahead.load_weights(weights(step + 1))
        if step % 3 == 0:  # an evaluation, by the newest weights
            assert ahead.sample([]) == [step + 1 if step not in silent else max(versions)]
    ahead.close()
    return versions


@pytest.mark.parametrize("lead", [1, 2])
@pytest.mark.parametrize("first", [0, 5])
def test_batch_t_has_the_weights_after_update_t_minus_lead(lead: int, first: int) -> None:
    ahead, phase, source = make(lead, first=first)
    versions = run(ahead, phase)
    assert versions == [max(first, step - lead) for step in range(first, first + 8)]
    assert source.numbers == list(range(8))


def test_after_a_step_that_taught_nothing_the_weights_before_it_are_used() -> None:
    ahead, phase, _ = make(1)
    versions = []
    for step in range(8):
        versions.append(ahead.batch(phase, step).metrics["version"])
        if step != 3:
            ahead.load_weights(weights(step + 1))
    ahead.close()
    assert versions == [0, 0, 1, 2, 3, 3, 5, 6]


def test_a_rollback_forgets_what_was_begun() -> None:
    ahead, phase, source = make(2)
    for step in range(4):
        ahead.batch(phase, step)
        ahead.load_weights(weights(step + 1))
    ahead.forget()
    ahead.load_weights(weights(2))  # a checkpoint
    found = ahead.batch(phase, 2, offset=100)
    ahead.close()
    assert found.metrics == {"version": 2, "number": 102}
    assert source.numbers.count(102) == 1


def test_groups_are_dealt_to_updates() -> None:
    assert dealt(["a", "b", "c"], 2) == [["a", "c"], ["b"]]
    assert dealt(["a"], 4) == [["a"]]
    one = {"loss": 1.0, "num_tokens": 3.0, "logprob": -1.0, "grad_norm": 2.0, "lr": 0.1}
    other = {"loss": 5.0, "num_tokens": 1.0, "logprob": -5.0, "grad_norm": 1.0, "lr": 0.1}
    aged = off_policy(other | {"logprob_diff_mean": 0.5, "kl": 0.1, "effective_samples": 0.9})
    assert together([one | {"logprob_diff_mean": 0.001}, aged]) == {
        "loss": 2.0, "num_tokens": 4.0, "logprob": -2.0, "grad_norm": 2.0, "lr": 0.1,
        "logprob_diff_mean": 0.001, "off_policy_logprob_diff_mean": 0.5, "off_policy_kl": 0.1,
        "effective_samples": 0.9,
    }  # fmt: skip
    assert together([one]) == one


class BenchAhead(Bench):
    """Workers whose next batch is sampled whenever weights are published."""

    def __call__(self, config, machine):
        workers, ahead = super().__call__(config, machine), Ahead(self.sampler, 1)
        publish = self.learner.publish

        def publish_late(version):
            wait(ahead._begun.values())
            return publish(version)

        ahead.load_weights(publish(0))
        self.learner.publish = publish_late
        return replace(workers, sampler=ahead, forget=ahead.forget, close=ahead.close)


@pytest.mark.parametrize(("num_unknown", "known"), [(0, [4, 8]), (4, [0, 4])])
def test_a_checkpoint_has_the_levels_of_what_was_learned_and_not_of_what_is_ahead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, num_unknown: int, known: list[int]
) -> None:
    """Groups of the first batch may have taught nothing of their levels."""
    config = adaptive(tmp_path, refill_rounds=0, objective="cispo")
    observe, seen = Curriculum.observe, []

    def observed(self, *group):
        seen.append(group)
        if len(seen) > num_unknown:
            observe(self, *group)

    monkeypatch.setattr(Curriculum, "observe", observed)
    config = replace(
        config,
        rl=replace(config.rl, num_steps=2),
        run=replace(config.run, checkpoint_every=1, eval_every=0),
        scale=ScaleConfig(samplers=1, lead=1),
    )
    start(config, tmp_path / "run", BenchAhead())
    found = []
    for step in (1, 2):
        levels = read_checkpoint(tmp_path / f"run/checkpoints/step-{step:06}").state["curriculum"]
        found.append(sum(len(shares) for by in levels.values() for shares in by.values()))
    assert found == known
