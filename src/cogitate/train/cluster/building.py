"""Starts Ray, or joins a cluster, and places a run's samplers and learners there."""

import os
import socket
from collections.abc import Callable
from contextlib import ExitStack
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
from cogitate.notices import say
from cogitate.train import workers
from cogitate.train.cluster.ahead import Ahead
from cogitate.train.cluster.learners import LearnerGroup
from cogitate.train.cluster.lost import first_line
from cogitate.train.cluster.processes import LearnerProcess, SamplerProcess
from cogitate.train.cluster.samplers import TRIES, SamplerPool
from cogitate.train.roles import Workers

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
    is_own = connect(config.scale.address, config.scale.samplers + config.scale.learners)
    with ExitStack() as undone:
        undone.callback(_leave, is_own=is_own)
        made = _build(config, machine, undone)
        return replace(made, close=undone.pop_all().close)


def _build(config: TrainConfig, machine: Machine, undone: ExitStack) -> Workers:
    """Place the processes; what ends them is left with `undone`."""
    num_samplers, num_learners, lead = (
        config.scale.samplers, config.scale.learners, config.scale.lead
    )  # fmt: skip
    policy, base = workers.prepared(config, replace(machine, device="cpu"), learners=0)
    remote = _remote(config, machine, num_samplers + num_learners)
    workers.tell_of_compile(config, remote)
    group = room(num_samplers + num_learners, remote)
    undone.callback(ray.util.remove_placement_group, group)
    make = _maker(group, config, remote, num_samplers + num_learners)
    num_rollouts = config.rl.groups_per_step * config.rl.group_size
    pool = SamplerPool(
        [make(SamplerProcess, bundle, -1) for bundle in range(num_samplers)],
        group,
        rows=-(-num_rollouts // num_samplers),
    )
    undone.callback(pool.end)
    learners = LearnerGroup(lambda rank: make(LearnerProcess, num_samplers + rank, 0), num_learners)
    undone.callback(learners.end)
    pool.greet()
    sampler = Ahead(pool, lead) if lead else pool
    if isinstance(sampler, Ahead):
        undone.callback(sampler.close)  # after its samplers are killed, so that it ends at once
        undone.callback(pool.end)
    sampler.load_weights(model_weights.learned(policy.decoder, 0))
    made = workers.workers_of(policy, base, config, machine, sampler=sampler, learner=learners)
    return replace(
        made,
        machine=pool.machine(),
        save_model=partial(_save, policy, learners),
        restart=learners.restart,
        take_busy=lambda: {"sampler": pool.take_busy(), "learner": learners.take_busy()},
        forget=sampler.forget if isinstance(sampler, Ahead) else made.forget,
    )


def _remote(config: TrainConfig, machine: Machine, num_workers: int) -> Machine:
    """Return the machine of the other processes: a GPU each where the cluster has enough."""
    num_gpus = int(ray.cluster_resources().get("GPU", 0))
    if machine.device == "cpu" and config.run.device == "auto" and num_gpus:
        if num_gpus < num_workers:
            say(
                f"the cluster's {num_gpus} GPUs are left idle, since {num_workers} processes need"
                " one each: take fewer scale.samplers or scale.learners"
            )
        else:
            dtype = "bf16" if config.run.dtype == "auto" else machine.dtype
            machine = replace(machine, device="cuda", dtype=dtype)
            say(f"samplers and learners compute on the cluster's GPUs, in {dtype}")
    return replace(machine, threads=config.run.threads or _threads(num_workers, machine.device))


def connect(address: str, num_workers: int) -> bool:
    """Start Ray on this machine, or join the cluster at an address; return whether it did.

    Raises:
        UsageError: there is no cluster there.
    """
    quiet = {"log_to_driver": False, "logging_level": "error"}
    if ray.is_initialized():
        return False
    try:
        if address:
            _need_listener(address)
            ray.init(address=address, **quiet)
        else:
            num_cpus = max(len(os.sched_getaffinity(0)), num_workers)
            ray.init(address="local", num_cpus=num_cpus, include_dashboard=False, **quiet)
    except (OSError, RuntimeError, ValueError) as error:
        raise UsageError(f"scale.address {address}: {first_line(error)}") from error
    return True


def _need_listener(address: str) -> None:
    """Raise OSError unless something listens at HOST:PORT; Ray itself would wait for minutes."""
    host, _, port = address.rpartition("://")[2].rpartition(":")
    if port.isdecimal():
        socket.create_connection((host, int(port)), timeout=_CONNECT_S).close()


def _leave(*, is_own: bool) -> None:
    """Leave the cluster; a Ray that was started here ends with all its processes."""
    if is_own:
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


def _threads(num_workers: int, device: str) -> int:
    """Return the most threads of which every process has as many on its node; at least 1.

    With a GPU each, a node takes no more processes than it has GPUs.
    """
    nodes = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    cpus = [int(node.get("CPU", 0)) for node in nodes]
    most = [int(node.get("GPU", 0)) if device == "cuda" else num_workers for node in nodes]
    fits = [
        threads
        for threads in range(1, max(cpus, default=1) + 1)
        if sum(min(cpu // threads, num) for cpu, num in zip(cpus, most, strict=True)) >= num_workers
    ]
    return max(fits, default=1)


def _maker(group: PlacementGroup, config: TrainConfig, machine: Machine, num_workers: int) -> Make:
    """Return what makes a process in a bundle of the group, made again `restarts` times.

    A process that is made again is asked again what it was asked.
    """
    num_nodes = sum(bool(node["Alive"]) for node in ray.nodes())
    share = -(-num_workers // num_nodes)

    def make(kind: type[Any], bundle: int, restarts: int) -> Any:
        remote = ray.remote(kind).options(
            num_cpus=machine.threads,
            num_gpus=1 if machine.device == "cuda" else 0,
            max_restarts=restarts,
            max_task_retries=TRIES if restarts else 0,
            scheduling_strategy=PlacementGroupSchedulingStrategy(
                group, placement_group_bundle_index=bundle
            ),
        )
        return remote.remote(to_json(config), machine.to_json(), share)

    return make


def _save(policy: models.Policy, learners: LearnerGroup, folder: Path) -> None:
    """Write the weights that were published last."""
    if learners.latest is not None:
        model_weights.load(policy.decoder, learners.latest)
    workers.save(policy, folder)
