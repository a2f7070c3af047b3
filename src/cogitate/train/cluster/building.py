"""Starts Ray, or joins a cluster, and places a run's samplers and learners there."""

import os
import socket
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import ray
from ray.util.placement_group import PlacementGroup, placement_group
from ray.util.scheduling_strategies import PlacementGroupSchedulingStrategy

from cogitate import models
from cogitate.config import TrainConfig, to_json
from cogitate.errors import UsageError
from cogitate.hardware import Machine
from cogitate.models import weights as model_weights
from cogitate.train import workers
from cogitate.train.ahead import Ahead
from cogitate.train.cluster.learners import LearnerGroup
from cogitate.train.cluster.processes import LearnerProcess, SamplerProcess, first_line
from cogitate.train.cluster.samplers import SamplerPool
from cogitate.train.run import Workers

PLACE_S = 60.0
"""Seconds for Ray to find room for all processes."""
_CONNECT_S = 5.0
Make = Callable[..., Any]
"""From a kind of process, its bundle and its restarts to the process."""


def build_cluster(config: TrainConfig, machine: Machine) -> Workers:
    """Start Ray or join a cluster, and return its samplers and learners as a run's workers.

    Raises:
        UsageError: the cluster cannot be reached, or has no room.
    """
    num_samplers, num_learners = config.scale.samplers, config.scale.learners
    policy, base = workers.prepared(config, machine)
    connect(config.scale.address, num_samplers + num_learners)
    own = replace(machine, threads=_threads(config, num_samplers + num_learners))
    make = _maker(room(num_samplers + num_learners, own), config, own)
    num_rollouts = config.rl.groups_per_step * config.rl.group_size
    pool = SamplerPool(
        [make(SamplerProcess, bundle, -1) for bundle in range(num_samplers)],
        rows=-(-num_rollouts // num_samplers),
    )
    learners = LearnerGroup(lambda rank: make(LearnerProcess, num_samplers + rank, 0), num_learners)
    lead = config.scale.lead
    sampler = Ahead(pool, lead) if lead else pool
    sampler.load_weights(model_weights.learned(policy.decoder, 0))
    made = workers.workers_of(policy, base, config, machine, sampler=sampler, learner=learners)
    return replace(
        made,
        save_model=partial(_save, policy, learners),
        restart=learners.restart,
        close=partial(_close, sampler),
        take_busy=pool.take_busy,
    )


def connect(address: str, num_workers: int) -> None:
    """Start Ray on this machine, or join the cluster at an address.

    Raises:
        UsageError: there is no cluster there.
    """
    quiet = {"log_to_driver": False, "logging_level": "error"}
    if ray.is_initialized():
        return
    try:
        if address:
            _need_listener(address)
            ray.init(address=address, **quiet)
        else:
            num_cpus = max(len(os.sched_getaffinity(0)), num_workers)
            ray.init(address="local", num_cpus=num_cpus, include_dashboard=False, **quiet)
    except (OSError, RuntimeError, ValueError) as error:
        raise UsageError(f"scale.address {address}: {first_line(error)}") from error


def _need_listener(address: str) -> None:
    """Raise OSError unless something listens at HOST:PORT; Ray itself would wait for minutes."""
    host, _, port = address.rpartition("://")[2].rpartition(":")
    if port.isdecimal():
        socket.create_connection((host, int(port)), timeout=_CONNECT_S).close()


def _close(sampler: SamplerPool | Ahead) -> None:
    """Leave the cluster; a Ray that was started here ends with all its processes."""
    if isinstance(sampler, Ahead):
        sampler.close()
    ray.shutdown()


def room(num_workers: int, machine: Machine) -> PlacementGroup:
    """Return a placement group with a bundle for each process.

    Raises:
        UsageError: the cluster has no room; says what was asked for, and what there is.
    """
    bundle: dict[str, float] = {"CPU": machine.threads}
    if machine.device == "cuda":
        bundle["GPU"] = 1
    group = placement_group([bundle] * num_workers, strategy="PACK")
    if not group.wait(PLACE_S):
        ray.util.remove_placement_group(group)
        wanted = ", ".join(f"{num:g} {name}" for name, num in bundle.items())
        free, all_ = ray.available_resources(), ray.cluster_resources()
        has = ", ".join(f"{free.get(n, 0):g} of {all_.get(n, 0):g} {n}" for n in bundle)
        raise UsageError(
            f"Ray found no room for {num_workers} processes with {wanted} each in {PLACE_S:.0f} s:"
            f" free are {has}; take fewer scale.samplers or scale.learners, or add nodes"
        )
    return group


def _threads(config: TrainConfig, num_workers: int) -> int:
    """Return the threads of each process: those that were asked for, or its share of all."""
    return config.run.threads or max(1, int(ray.cluster_resources().get("CPU", 1)) // num_workers)


def _maker(group: PlacementGroup, config: TrainConfig, machine: Machine) -> Make:
    """Return what makes a process in a bundle of the group, made again `restarts` times."""

    def make(kind: type[Any], bundle: int, restarts: int) -> Any:
        remote = ray.remote(kind).options(
            num_cpus=machine.threads,
            num_gpus=1 if machine.device == "cuda" else 0,
            max_restarts=restarts,
            scheduling_strategy=PlacementGroupSchedulingStrategy(
                group, placement_group_bundle_index=bundle
            ),
        )
        return remote.remote(to_json(config), machine.to_json())

    return make


def _save(policy: models.Policy, learners: LearnerGroup, folder: Path) -> None:
    """Write the weights that were published last."""
    if learners.latest is not None:
        model_weights.load(policy.decoder, learners.latest)
    workers.save(policy, folder)
