"""An evaluation that was stopped goes on where it was, and comes to the same numbers."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from cogitate.cli import main
from cogitate.evaluate import scoring
from cogitate.evaluate.cached import CachedSampler, RolloutCache
from cogitate.rollout.local import LocalSampler
from cogitate.rollout.scripted import ScriptedSampler
from cogitate.thinking.machine import Markers
from cogitate.types import Budget, Request, Rollout

MARKERS = Markers(open=(9,), close=(10,), ends=frozenset({2}))
REQUESTS = [
    Request(prompt=(1, 9), budget=Budget(think=3, answer=2), seed=seed) for seed in range(4)
]


class Counting(ScriptedSampler):
    """A scripted sampler that remembers what it was asked."""

    def __init__(self) -> None:
        super().__init__(lambda request: [7, request.seed + 3, 10, 3, 2], MARKERS)
        self.asked: list[Sequence[Request]] = []

    def sample(self, requests, then=None, poll=None) -> list[Rollout]:
        self.asked.append(requests)
        return super().sample(requests, then, poll)


@pytest.fixture
def part(tmp_path: Path) -> Path:
    return tmp_path / "scores.json.part"


def test_what_is_kept_is_the_same_and_not_sampled_again(part: Path) -> None:
    first, again = Counting(), Counting()
    rollouts = CachedSampler(first, RolloutCache(part), "a").sample(REQUESTS)
    assert CachedSampler(again, RolloutCache(part), "a").sample(REQUESTS) == rollouts
    assert (len(first.asked), len(again.asked)) == (1, 0)


def test_other_weights_and_other_requests_are_sampled(part: Path) -> None:
    CachedSampler(Counting(), RolloutCache(part), "a").sample(REQUESTS)
    for model, requests in [("b", REQUESTS), ("a", REQUESTS[:2])]:
        again = Counting()
        CachedSampler(again, RolloutCache(part), model).sample(requests)
        assert again.asked == [requests]


def test_rollouts_of_another_evaluation_stay(part: Path) -> None:
    CachedSampler(Counting(), RolloutCache(part), "a").sample(REQUESTS)
    before, other = part.read_text(), RolloutCache(part)
    assert not other.remove()
    assert part.read_text() == before
    CachedSampler(Counting(), other, "a").sample(REQUESTS)
    assert other.remove()
    assert not part.exists()


@pytest.mark.parametrize("harm", ["cut short", "broken", "another number"])
def test_a_damaged_line_is_sampled_again_and_the_others_stand(part: Path, harm: str) -> None:
    both = (REQUESTS, REQUESTS[:1])
    whole = [
        CachedSampler(Counting(), RolloutCache(part), "a").sample(requests) for requests in both
    ]
    text = part.read_bytes()
    middle = text.index(b"\n") // 2
    harmed = {
        "cut short": text[:-9],
        "broken": text[:middle] + b"}" + text[middle:],
        "another number": text.replace(b'"answer": [3', b'"answer": [4', 1),
    }
    part.write_bytes(harmed[harm])
    again = Counting()
    kept = CachedSampler(again, RolloutCache(part), "a")
    assert [kept.sample(requests) for requests in both] == whole
    assert len(again.asked) == 1
    assert [
        CachedSampler(Counting(), RolloutCache(part), "a").sample(asked) for asked in again.asked
    ]


def test_ctrl_c_in_an_evaluation_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(scoring, "REQUESTS_AT_ONCE", 8)
    sample, calls = LocalSampler.sample, 0

    def stopped_at_the_third(self, requests, then=None, poll=None):
        nonlocal calls
        calls += 1
        if calls == 3:
            raise KeyboardInterrupt
        return sample(self, requests, then, poll)

    monkeypatch.setattr(LocalSampler, "sample", stopped_at_the_third)
    path = tmp_path / "scores.json"
    command = ["evaluate", "--model", "mini", "--family", "arithmetic", "--n", "32", "--dtype"]
    command += ["fp32", "--json", str(path)]
    assert main(command) == 130
    assert "the same command continues where it was" in capsys.readouterr().err
    assert not path.exists()
    assert main(command) == 0
    assert calls == 3 + 2
    assert [file.name for file in tmp_path.iterdir()] == ["scores.json"]
    assert len(json.loads(path.read_text())["families"]["arithmetic"]["records"]) == 32
