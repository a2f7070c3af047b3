"""The learner over several processes: every weight is sharded (FSDP2, arXiv 2304.11277).

    join(rank=0, world=2, address="tcp://10.0.0.1:29500", device="cuda")
    learner = ShardedLearner(decoder)
    learner.forward_backward(groups)

Every rank is given the whole batch and takes its share of the micro-batches. Losses are divided by
the number of learned tokens of the whole batch, and gradients are summed, so that they are those of
one process. Masters, gradients and moments are in fp32; layers are gathered in the compute dtype.
"""

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from datetime import timedelta
from itertools import chain
from pathlib import Path
from typing import Any, cast

import torch
from torch import distributed, nn
from torch.distributed import checkpoint as dcp
from torch.distributed.checkpoint.state_dict import (
    StateDictOptions,
    get_state_dict,
    set_state_dict,
)
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import FSDPModule, MixedPrecisionPolicy, fully_shard
from torch.distributed.tensor import DTensor

from cogitate.errors import CheckpointError, UsageError
from cogitate.models import weights
from cogitate.models.decoder import Decoder
from cogitate.models.kernels.matrix import Plain
from cogitate.types import Datum, Weights
from cogitate.update import scored
from cogitate.update.learner import micro_batches
from cogitate.update.optimiser import Optimiser, adam, stepped
from cogitate.update.scored import Part, Scored
from cogitate.update.tree import Pack, num_tokens, pack

_PATIENCE = timedelta(minutes=10)
"""How long a rank waits for another one."""
_BACKENDS = {"cpu": "gloo", "cuda": "nccl"}
_INDEX = ".metadata"
"""Rank 0's file, which names those of all ranks."""
_LEARNED = StateDictOptions(ignore_frozen_params=True, strict=False)


def join(*, rank: int = 0, world: int = 1, address: str = "", device: str) -> None:
    """Join the process group of a learner's ranks, unless this process is in one.

    Args:
        rank: of this process, from 0.
        world: the number of ranks.
        address: where rank 0 listens, as tcp://HOST:PORT; not needed by one rank alone.
        device: cpu or cuda.
    """
    backend = _BACKENDS[device]
    if distributed.is_initialized():
        return
    if world == 1:
        store = distributed.HashStore()
        distributed.init_process_group(backend, store=store, rank=0, world_size=1)
    else:
        distributed.init_process_group(
            backend, init_method=address, rank=rank, world_size=world, timeout=_PATIENCE
        )


class ShardedLearner:
    """One rank of the learner; all ranks are called alike, in the same order.

    Example: ShardedLearner(decoder, pack_tokens=4096).forward_backward(groups)
    """

    def __init__(
        self,
        decoder: Decoder,
        *,
        objective: str = "reinforce",
        optimiser: Optimiser | None = None,
        pack_tokens: int = 4096,
        on_policy: bool = True,
    ) -> None:
        """Shard a copy of `decoder`, which itself is given the weights that are published.

        Arguments are those of `LocalLearner`.

        Raises:
            UsageError: Muon, which needs whole matrices.
        """
        self._settings = optimiser or Optimiser()
        if self._settings.muon:
            raise UsageError("optim.muon needs whole matrices: leave it out with run.learner fsdp")
        self._published, self._objective, self._on_policy = decoder, objective, on_policy
        self._rank, self._world = distributed.get_rank(), distributed.get_world_size()
        self._device = decoder.embedding.weight.device
        self._pack_tokens = _least(pack_tokens, self._device)
        self._scored = sharded(decoder, self._world)
        self._params = {n: p for n, p in self._scored.named_parameters() if p.requires_grad}
        self._optimiser = adam(list(self._params.values()), self._settings)
        self._watched: Pack | None = None

    def forward_backward(self, data: Sequence[Sequence[Datum]]) -> Mapping[str, float]:
        """Accumulate this rank's part of the gradient; see `LocalLearner.forward_backward`.

        Args:
            data: the whole batch, the same on every rank.

        Returns:
            The metrics of the whole batch, the same on every rank.
        """
        data = scored.with_signal(data)
        normaliser, parts = scored.num_learned(data), list[Part]()
        self._watched = None
        if data[0][0].logprobs is not None:
            first = micro_batches(data[:1], self._pack_tokens)[0]
            self._watched = self._watch(pack(first, self._device))
        for groups, is_own in share(data, self._pack_tokens, self._rank, self._world):
            packed = pack(groups, self._device)
            loss, part = scored.loss_of(packed, self._scored(packed), self._objective)
            (loss * is_own / normaliser).backward()
            parts += [part.cpu()] if is_own else []
        of_ranks: list[list[Part]] = [[]] * self._world
        distributed.all_gather_object(of_ranks, parts)
        return scored.metrics(list(chain(*of_ranks)), normaliser)

    def optim_step(self, lr: float) -> Mapping[str, float]:
        """Clip the gradient of all ranks, and step; see `LocalLearner.optim_step`."""
        params = list(self._params.values())
        norm = nn.utils.clip_grad_norm_(params, self._settings.clip)
        norm = norm.full_tensor() if isinstance(norm, DTensor) else norm
        stepped([self._optimiser], norm, lr)
        self._optimiser.zero_grad(set_to_none=True)
        watched, self._watched = self._watched, None
        moved = {} if watched is None else self._moved(watched)
        return {"grad_norm": float(norm), "lr": lr} | moved

    def publish(self, version: int) -> Weights:
        """Gather the weights of all ranks into the decoder that was given; return them."""
        own = dict(self._scored.decoder.named_parameters())
        with torch.no_grad():
            for name, param in self._published.named_parameters():
                if param.requires_grad:
                    shard = own[name]
                    param.copy_(shard.full_tensor() if isinstance(shard, DTensor) else shard)
        return weights.publish(self._published, version)

    def save(self, folder: Path) -> None:
        """Write every rank's shards to `folder`; another number of ranks can load them.

        Raises:
            CheckpointError: a file cannot be written.
        """
        try:
            dcp.save(self._state(), checkpoint_id=folder)
        except (dcp.api.CheckpointException, OSError) as error:
            raise CheckpointError(f"{folder} cannot be written: {error}") from error

    def load(self, folder: Path) -> None:
        """Read what `save` wrote, to the bit; an accumulated gradient is dropped."""
        state = self._state()
        try:
            dcp.load(state, checkpoint_id=folder)
        except (dcp.api.CheckpointException, OSError) as error:
            raise CheckpointError(f"{folder} has no sharded checkpoint: {error}") from error
        set_state_dict(
            self._scored,
            self._optimiser,
            model_state_dict=state["model"],
            optim_state_dict=state["optimiser"],
            options=_LEARNED,
        )
        self._optimiser.zero_grad(set_to_none=True)

    def _state(self) -> dict[str, Any]:
        """Return the state of what is learned; that of a new optimiser is made by a step of 0."""
        is_new = not self._optimiser.state
        state = get_state_dict(self._scored, self._optimiser, options=_LEARNED)
        if is_new:
            for own in self._optimiser.state.values():
                own["step"].zero_()  # which Adam would count
            state = get_state_dict(self._scored, self._optimiser, options=_LEARNED)
        return {"model": state[0], "optimiser": state[1]}

    @torch.no_grad()
    def _watch(self, packed: Pack) -> Pack:
        return packed if self._on_policy else scored.as_now(packed, self._scored(packed))

    @torch.no_grad()
    def _moved(self, watched: Pack) -> dict[str, float]:
        return scored.step_kl(watched, self._scored(watched))


def sharded(decoder: Decoder, world: int) -> Scored:
    """Return a sharded copy of a decoder, with fp32 masters, that scores packs.

    Packed copies of weights are left out: a layer is gathered again for each pass, which their
    keys cannot see. Inputs are not cast: the residual stream stays in fp32.
    """
    whole, dtype = Scored(deepcopy(decoder)).float(), decoder.dtype
    whole.decoder.head_blocked = Plain()
    for module in whole.modules():
        if hasattr(module, "blocked"):
            setattr(module, "blocked", Plain())  # noqa: B010 (its type is not a module's)
    mesh = init_device_mesh(decoder.embedding.weight.device.type, (world,))
    policy = MixedPrecisionPolicy(
        param_dtype=dtype, reduce_dtype=torch.float32, cast_forward_inputs=False
    )
    for module in (*whole.decoder.layers, whole):
        shard = cast("FSDPModule", fully_shard(module, mesh=mesh, mp_policy=policy))
        shard.set_gradient_divide_factor(1.0)
        shard.set_force_sum_reduction_for_comms(True)  # gloo has no division
    return whole


def _least(own: int, device: torch.device) -> int:
    """Return the least number of all ranks: they have to cut a batch alike."""
    least = torch.tensor(own, device=device)
    distributed.all_reduce(least, op=distributed.ReduceOp.MIN)
    return int(least)


def need_whole(folder: Path) -> None:
    """Refuse a sharded checkpoint of which this process does not see every part.

    Raises:
        CheckpointError: some were written where it cannot read them.
    """
    seen, needed = {path.name for path in folder.iterdir()}, {_INDEX}
    if needed <= seen:
        parts = dcp.FileSystemReader(folder).read_metadata().storage_data.values()
        needed |= {part.relative_path for part in parts}
    if lacking := needed - seen:
        raise CheckpointError(
            f"{folder} lacks {min(lacking)}, which another node has written elsewhere: learners on"
            " several nodes need an --out that all of them share"
        )


def share(
    data: Sequence[Sequence[Datum]], most: int, rank: int, world: int
) -> Iterator[tuple[list[Sequence[Datum]], bool]]:
    """Yield a rank's micro-batches, and whether each is its own.

    Every rank yields equally many, since all gather together; one that has too few repeats one
    that is another's, which must count for nothing.
    """
    total = sum(map(num_tokens, data))
    rounds = -(-total // (most * world))
    batches = micro_batches(data, max(1, -(-total // (rounds * world))))
    for first in range(0, len(batches), world):
        is_own = first + rank < len(batches)
        yield batches[first + rank if is_own else first], is_own
