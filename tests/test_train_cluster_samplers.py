"""Samplers on several machines, of which one goes and comes back: Ray's own pretended machines."""

from collections.abc import Iterator, Sequence
from types import SimpleNamespace

import pytest
import ray
from ray.cluster_utils import Cluster
from ray.util.placement_group import placement_group
from ray.util.scheduling_strategies import PlacementGroupSchedulingStrategy

from cogitate.errors import UsageError
from cogitate.train.cluster import samplers
from cogitate.train.cluster.samplers import LEAVE_OUT_S, SamplerPool
from cogitate.types import Budget, Request, Weights


class Slow:
    """Answers a chunk with its requests themselves, after a while."""

    def pid(self) -> int:
        import os

        return os.getpid()

    def sample(self, weights: object, serial: int, requests: Sequence[Request], is_first: bool):
        import time

        time.sleep(0.5)
        return list(requests), 0.5, self.pid()


def questions(num: int) -> list[Request]:
    return [Request(prompt=(n,), budget=Budget(answer=1), seed=n) for n in range(num)]


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    """One machine, to which others are added."""
    made = Cluster(initialize_head=True, head_node_args={"num_cpus": 2})
    ray.init(address=made.address, log_to_driver=False, logging_level="error")
    yield made
    ray.shutdown()
    made.shutdown()


@pytest.mark.slow
def test_a_machine_that_goes_is_left_out_and_taken_back(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(samplers, "LEAVE_OUT_S", 1.0)
    monkeypatch.setattr(samplers, "_NODES_S", 0.2)
    there = cluster.add_node(num_cpus=1, resources={"there": 1})
    group = placement_group([{"CPU": 1}, {"CPU": 1, "there": 1}])
    actors = [
        ray.remote(Slow)
        .options(
            num_cpus=1,
            max_restarts=-1,
            max_task_retries=5,
            scheduling_strategy=PlacementGroupSchedulingStrategy(
                group, placement_group_bundle_index=bundle
            ),
        )
        .remote()
        for bundle in range(2)
    ]
    pool = SamplerPool(actors, group, rows=2)
    pool.greet()
    pool.load_weights(Weights(version=0, tensors={}))
    requests = questions(12)
    assert pool.sample(requests) == requests
    cluster.remove_node(there)
    assert pool.sample(requests) == requests
    assert "sampler 1's machine is gone" in capsys.readouterr().err
    cluster.add_node(num_cpus=1, resources={"there": 1})
    ray.get(pool._left_out[1])
    assert pool.sample(requests) == requests
    assert "sampler 1 is back" in capsys.readouterr().err
    pool._left_out = {0: actors[0].pid.remote()}
    with pytest.raises(UsageError, match="machines of all samplers are gone"):
        pool._leave_out(1)


class Moved:
    """Ray, which moves the one process to another machine; the chunk takes long all the same.

    It has a clock of its own, which goes on with each look.
    """

    ObjectRef = object

    def __init__(self) -> None:
        self.now, self.asked = 0.0, list[object]()
        self.util = SimpleNamespace(placement_group_table=self.table)

    def monotonic(self) -> float:
        return self.now

    def nodes(self) -> list[dict[str, object]]:
        return [{"NodeID": "old", "Alive": self.now < 10}, {"NodeID": "new", "Alive": True}]

    def table(self, group: object) -> dict[str, object]:
        return {"bundles_to_node_id": {0: "old" if self.now < 20 else "new"}}

    def put(self, weights: object) -> object:
        return weights

    def remote(self, weights: object, serial: int, requests: Sequence[Request], is_first: bool):
        self.asked.append(requests)
        return "chunk"

    def wait(self, refs: list[str], timeout: float) -> tuple[list[str], list[str]]:
        self.now += 1.0
        return (refs, []) if self.now > 3 * LEAVE_OUT_S else ([], refs)

    def get(self, ref: str) -> object:
        return self.asked[-1], 0.5, 1


def test_a_sampler_that_ray_has_moved_is_waited_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    moved = Moved()
    monkeypatch.setattr(samplers, "ray", moved)
    monkeypatch.setattr(samplers, "time", moved)
    pool = SamplerPool([SimpleNamespace(sample=moved)], SimpleNamespace(), rows=4)
    pool.load_weights(Weights(version=0, tensors={}))
    assert pool.sample(questions(3)) == questions(3)
    assert len(moved.asked) == 1
    assert not capsys.readouterr().err
