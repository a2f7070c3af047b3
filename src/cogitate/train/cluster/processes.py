"""What runs in the other processes: a sampler, or one rank of the learner."""

import math
import os
import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import ray
import torch
from ray.util import get_node_ip_address

from cogitate.config import from_json
from cogitate.hardware import MEMORY_SHARE, Machine, apply, available_gb
from cogitate.models import weights as model_weights
from cogitate.train import workers
from cogitate.train.cluster.probe import check_scores, learner_scores, sampler_scores
from cogitate.types import Datum, Request, Rollout, Weights
from cogitate.update import fsdp

Json = dict[str, Any]


class SamplerProcess:
    """A sampler, and the version of the weights that it has."""

    def __init__(self, config: Json, machine: Json, share: int) -> None:
        """Load the model that the run starts from; its weights come with the first chunk."""
        settings, here = from_json(config), _here(config, machine, share)
        policy, _ = workers.prepared(settings, here, learners=0)
        self._sampler = workers.SAMPLERS[settings.run.sampler](policy, settings, here)
        self._vocab_size, self._machine = policy.decoder.arch.vocab_size, here
        self._serial = -1

    def sample(
        self,
        weights: Sequence["ray.ObjectRef[Weights]"],
        serial: int,
        requests: Sequence[Request],
        is_first: bool,  # noqa: FBT001 - Ray's calls are by position
    ) -> tuple[list[Rollout], float, int]:
        """Return the rollouts of a chunk, the seconds that they took, and the process's number.

        Args:
            weights: a reference to them.
            serial: identifies them; if it is another than before, they are fetched.
            requests: the chunk.
            is_first: whether one of them that cannot be answered is an error, as in one process
                those that a caller asks; of what follows from other rollouts, it is a rollout.
        """
        if serial != self._serial:
            self._load(ray.get(weights[0]))
            self._serial = serial
        start, left = time.perf_counter(), [] if is_first else [requests]
        rollouts = self._sampler.sample(
            requests if is_first else [], None, lambda _: left.pop() if left else ()
        )
        return rollouts, time.perf_counter() - start, os.getpid()

    def machine(self) -> Machine:
        """Return the run's machine, with this process's share of the memory."""
        return self._machine

    def pid(self) -> int:
        """Return the process's number."""
        return os.getpid()

    def _load(self, weights: Weights) -> None:
        """Load weights, and check that they have come."""
        self._sampler.load_weights(weights)
        if weights.scores:
            scores = sampler_scores(self._sampler, self._vocab_size)
            check_scores(weights.scores, scores, self._machine.dtype)


class LearnerProcess:
    """One rank of the learner."""

    def __init__(self, config: Json, machine: Json, share: int) -> None:
        """Take the run's settings; `join` loads the model."""
        self._config, self._machine = from_json(config), _here(config, machine, share)

    def address(self) -> str:
        """Return where this process can listen, for rank 0."""
        with socket.socket() as free:
            free.bind(("", 0))
            return f"tcp://{get_node_ip_address()}:{free.getsockname()[1]}"

    def join(self, rank: int, world: int, address: str) -> None:
        """Meet the other ranks, and load the model."""
        kind = self._config.run.learner
        if world > 1:
            kind = "fsdp"
            fsdp.join(rank=rank, world=world, address=address, device=self._machine.device)
        policy, _ = workers.prepared(self._config, self._machine, learners=world)
        self._rank, self._decoder = rank, policy.decoder
        self._learner = workers.LEARNERS[kind](policy, self._config, self._machine)

    def forward_backward(
        self, data: Sequence[Sequence[Datum]]
    ) -> tuple[Mapping[str, float], float]:
        """See `Learner`; return the seconds too."""
        start = time.perf_counter()
        return self._learner.forward_backward(data), time.perf_counter() - start

    def optim_step(self, lr: float) -> tuple[Mapping[str, float], float]:
        """See `Learner`; return the seconds too."""
        start = time.perf_counter()
        return self._learner.optim_step(lr), time.perf_counter() - start

    @ray.method(num_returns=2)
    def publish(self, version: int) -> tuple[bool, Weights | None]:
        """Return that it went well, and from rank 0 the weights that are learned."""
        self._learner.publish(version)
        if self._rank:
            return True, None
        scores = tuple(learner_scores(self._decoder))
        return True, replace(model_weights.learned(self._decoder, version), scores=scores)

    def save(self, folder: Path) -> None:
        """See `Learner`."""
        self._learner.save(folder)

    def load(self, folder: Path) -> None:
        """See `Learner`."""
        self._learner.load(folder)

    def pid(self) -> int:
        """Return the process's number."""
        return os.getpid()


class Held(Mapping[str, torch.Tensor]):
    """Tensors in Ray's object store, which are fetched when they are first looked at."""

    def __init__(self, ref: "ray.ObjectRef[Weights]") -> None:
        """Take the reference of the weights."""
        self.ref = ref
        self._tensors: Mapping[str, torch.Tensor] | None = None

    def __getitem__(self, name: str) -> torch.Tensor:
        """Return a tensor."""
        return self._fetched[name]

    def __iter__(self) -> Iterator[str]:
        """Yield the names."""
        return iter(self._fetched)

    def __len__(self) -> int:
        """Return the number of tensors."""
        return len(self._fetched)

    @property
    def _fetched(self) -> Mapping[str, torch.Tensor]:
        if self._tensors is None:
            self._tensors = ray.get(self.ref).tensors
        return self._tensors


def _here(config: Json, machine: Json, share: int) -> Machine:
    """Return the run's machine with the memory that one of `share` processes has here.

    Whole GB of a GPU, and on a CPU no more than a part of what the run began with: a run that
    resumes has to cut its batches as before.
    """
    here, asked = Machine(**machine), from_json(config).run.memory_gb
    apply(here)
    if asked:
        return here
    free = MEMORY_SHARE * available_gb(here.device)
    own = math.floor(free) if here.device == "cuda" else min(free, here.memory_gb) / share
    return replace(here, memory_gb=own)
