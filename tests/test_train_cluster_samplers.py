"""Samplers on several machines, of which one goes and comes back: Ray's own pretended machines."""

from collections.abc import Iterator, Sequence

import pytest
import ray
from ray.cluster_utils import Cluster

from cogitate.errors import UsageError
from cogitate.train.cluster import samplers
from cogitate.train.cluster.samplers import SamplerPool
from cogitate.types import Budget, Request, Weights


class Slow:
    """Answers a chunk with its requests themselves, after a while."""

    def pid(self) -> int:
        import os

        return os.getpid()

    def node(self) -> str:
        return ray.get_runtime_context().get_node_id()

    def sample(self, weights: object, serial: int, requests: Sequence[Request], is_first: bool):
        import time

        time.sleep(0.5)
        return list(requests), 0.5, self.pid()


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
    kind = ray.remote(Slow)
    restarts = {"max_restarts": -1, "max_task_retries": 5}
    there = cluster.add_node(num_cpus=1, resources={"there": 1})
    actors = [
        kind.options(num_cpus=1, **restarts).remote(),
        kind.options(num_cpus=1, resources={"there": 1}, **restarts).remote(),
    ]
    pool = SamplerPool(actors, rows=2)
    pool.greet()
    pool.load_weights(Weights(version=0, tensors={}))
    requests = [Request(prompt=(n,), budget=Budget(answer=1), seed=n) for n in range(12)]
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
