"""Builds the sampler and the learner of a run by name; local ones share one decoder."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import cast

import torch

from cogitate import models
from cogitate.config import TrainConfig, need
from cogitate.engine.memory import CACHE_SHARE, cache_rows
from cogitate.errors import UsageError
from cogitate.extras import advice
from cogitate.hardware import Machine, Need
from cogitate.loss import OBJECTIVES, OURS
from cogitate.models import lora
from cogitate.models.decoder import Decoder, Layer
from cogitate.models.kernels import products
from cogitate.models.policy import check_saving
from cogitate.notices import say
from cogitate.prompt import check_template, usual_answer
from cogitate.protocols import Learner
from cogitate.rollout.local import LocalSampler, markers
from cogitate.tasks import load_family
from cogitate.train.cluster.probe import Probed
from cogitate.train.data.vocabulary import new_tokenizer
from cogitate.train.roles import TrainingSampler, Workers
from cogitate.types import Budget, Speed
from cogitate.update import varlen
from cogitate.update.head import GPU_CHUNK
from cogitate.update.learner import LocalLearner
from cogitate.update.optimiser import Optimiser

MAX_PACK = 4096
"""Most tokens of a micro-batch: more gain nothing."""
GPU_PACK = 65_536
"""The same on a GPU, in bf16."""
MIN_PACK = 256
_SAVED_BYTES = 2.0
"""Memory of a layer's backward pass as a multiple of its activations, measured."""
_MASTER, _GRADIENT_AND_MOMENTS = 4, 12
"""Bytes of each weight in fp32."""
_LORA_ALPHA = 2
"""LoRA's alpha as a multiple of the rank, the customary value."""


def build_workers(config: TrainConfig, machine: Machine) -> Workers:
    """Load or initialise the model, and build its sampler and learner.

    Raises:
        UsageError: there is no such objective, sampler or learner.
        ModelError: the model cannot be loaded.
    """
    need_workers(config)
    if config.scale.samplers:
        from cogitate.train.cluster.building import build_cluster

        return build_cluster(config, machine)
    tell_of_compile(config, machine)
    policy, base = prepared(config, machine)
    learner = LEARNERS[config.run.learner](policy, config, machine)
    sampler = SAMPLERS[config.run.sampler](policy, config, machine)
    if config.run.sampler != "local":
        sampler = Probed(sampler, policy.decoder, machine.dtype)
    return workers_of(policy, base, config, machine, sampler=sampler, learner=learner)


def tell_of_compile(config: TrainConfig, machine: Machine) -> None:
    """Say that run.compile does nothing, if samplers and learners compute on a CPU."""
    if config.run.compile and machine.device == "cpu":
        say("run.compile does nothing on the CPU, where our own kernels compute")


def prepared(config: TrainConfig, machine: Machine, learners: int = 1) -> tuple[models.Policy, str]:
    """Return the policy as it is trained, with its adapters, and the fingerprint of its base.

    Args:
        config: of the run.
        machine: where it is loaded.
        learners: processes that share what is learned; 0 where this one does not learn.
    """
    policy = load_policy(config, machine, learners)
    base = models.fingerprint(policy.decoder)
    rank = config.optim.lora_rank
    if rank != lora.rank(policy.decoder):  # else an adapter is continued, or there is none
        lora.apply(policy.decoder, rank=rank, alpha=_LORA_ALPHA * rank, seed=config.seed)
    if config.optim.frozen_embedding:
        policy.decoder.embedding.weight.requires_grad = False
    policy.decoder.to(machine.device)
    if config.run.compile and machine.device != "cpu":
        for layer in cast("Sequence[Layer]", policy.decoder.layers):
            layer.compile_parts()
    return policy, base


def workers_of(
    policy: models.Policy,
    base: str,
    config: TrainConfig,
    machine: Machine,
    *,
    sampler: TrainingSampler,
    learner: Learner,
) -> Workers:
    """Return the workers of a run whose policy in this process is `policy`."""
    num_params = sum(p.numel() for p in policy.decoder.parameters())
    num_learned = sum(p.numel() for p in policy.decoder.parameters() if p.requires_grad)
    return Workers(
        tokenizer=policy.tokenizer,
        sampler=sampler,
        speed=partial(_speed, policy, config),
        learner=learner,
        save_model=partial(save, policy),
        num_params=num_params,
        context=policy.decoder.arch.context,
        base=base,
        checkpoint_bytes=12 * num_learned + machine.width * num_params + 10_000_000,
    )


def need_workers(config: TrainConfig) -> None:
    """Refuse names that no registry has, with the nearest known one, and what does not go together.

    Raises:
        UsageError: it names the setting.
    """
    need("rl.objective", config.rl.objective, OBJECTIVES)
    if config.scale.samplers and config.rl.objective not in OURS:
        raise UsageError(
            f"rl.objective {config.rl.objective} is this script's own, which other processes do not"
            " have: leave scale.samplers out"
        )
    need("run.sampler", config.run.sampler, SAMPLERS)
    need("run.learner", config.run.learner, LEARNERS)
    if config.is_sharded and config.run.compile:
        raise UsageError("run.compile does not go with sharded weights: leave it out")
    if config.is_sharded and config.optim.muon:
        raise UsageError("optim.muon needs whole matrices: leave it out where weights are sharded")


def _local_sampler(policy: models.Policy, config: TrainConfig, machine: Machine) -> TrainingSampler:
    """Return the sampler in this process, which shares the learner's weights."""
    budget = Budget(think=config.rl.think, answer=config.rl.answer)
    num_rollouts = config.rl.groups_per_step * config.rl.group_size
    rows = min(num_rollouts, cache_rows(policy.decoder.arch, budget, machine))
    return LocalSampler(policy.decoder, markers(policy.tokenizer), rows=rows)


def _local_learner(policy: models.Policy, config: TrainConfig, machine: Machine) -> Learner:
    """Return the learner in this process."""
    return _learner(LocalLearner, policy, config, machine)


def _sharded_learner(policy: models.Policy, config: TrainConfig, machine: Machine) -> Learner:
    """Return this process's rank of a sharded learner; it is alone, if it has joined no others."""
    from cogitate.update import fsdp

    fsdp.join(device=machine.device)
    return _learner(fsdp.ShardedLearner, policy, config, machine)


def _learner(
    kind: Callable[..., Learner], policy: models.Policy, config: TrainConfig, machine: Machine
) -> Learner:
    most = largest_pack(policy.decoder, machine)
    shards = config.scale.learners if config.is_sharded else 0
    return kind(
        policy.decoder,
        objective=config.rl.objective,
        optimiser=_optimiser(config),
        pack_tokens=pack_tokens(policy.decoder, machine, most, shards),
        on_policy=not config.scale.lead and config.rl.updates_per_batch == 1,
    )


def _optimiser(config: TrainConfig) -> Optimiser:
    optim = config.optim
    return Optimiser(
        betas=optim.betas,
        weight_decay=optim.weight_decay,
        clip=optim.clip or math.inf,
        muon=optim.muon,
    )


def _vllm_sampler(policy: models.Policy, config: TrainConfig, machine: Machine) -> TrainingSampler:
    """Return vLLM, which has weights of its own."""
    try:
        from cogitate.rollout.vllm import VllmSampler
    except ModuleNotFoundError as error:
        raise UsageError(f"run.sampler vllm: {advice(error) or error}") from error
    num_rollouts = config.rl.groups_per_step * config.rl.group_size
    known = markers(policy.tokenizer)
    return VllmSampler(policy, known, rows=num_rollouts, dtype=machine.dtype)


SAMPLERS: dict[str, Callable[[models.Policy, TrainConfig, Machine], TrainingSampler]] = {
    "local": _local_sampler,
    "vllm": _vllm_sampler,
}
LEARNERS: dict[str, Callable[[models.Policy, TrainConfig, Machine], Learner]] = {
    "local": _local_learner,
    "fsdp": _sharded_learner,
}


def load_policy(config: TrainConfig, machine: Machine, learners: int = 1) -> models.Policy:
    """Return the model that a run starts from, with thought markers if `rl.think` is not 0."""
    products.check_switch(machine.torch_dtype)
    size = models.new_size(config.model)
    if size is not None:
        policy = models.initialise(size, new_tokenizer(config), config.seed)
        policy.decoder.to(machine.torch_dtype)
    elif config.pretrain.vocabulary:
        raise UsageError(
            f"pretrain.vocabulary: {config.model} has its own, only a model from nothing"
            f" ({models.NEW}SIZE) learns one; set it to 0"
        )
    else:
        rank = config.optim.lora_rank
        need = takes(rank, machine, learners, is_sharded=config.is_sharded)
        dtype = machine.torch_dtype
        policy = models.load(config.model, dtype=dtype, unmerged_rank=rank, need=need)
        check_saving(policy)
    if config.rl.think:
        policy = models.with_thinking(policy)
        check_template(policy.tokenizer)
    tells = config.rl.budgets or config.rl.deadlines_s
    tokenizer = policy.tokenizer.with_budgets() if tells else policy.tokenizer
    if machine.today:
        tokenizer = tokenizer.on(date.fromisoformat(machine.today))
    return replace(policy, tokenizer=tokenizer)


def takes(rank: int, machine: Machine, learners: int = 1, *, is_sharded: bool = False) -> Need:
    """Return what training takes: weights and their packed copies, for sampler and learner.

    Without adapters, the gradient and two moments of each are added, in fp32, and in bf16 a master.
    Where weights are sharded, each learner has its part of these, and of a master of every weight,
    learned or not. It is whole until it is sharded, which may take the most.
    """
    copies, less = _copies_bytes(machine), "run.dtype bf16" if machine.dtype == "fp32" else ""
    if not learners or (rank and not is_sharded):
        return Need(each=copies, less=less, device=machine.device)
    master = _MASTER if is_sharded or machine.dtype == "bf16" else 0
    own = master if rank else master + _GRADIENT_AND_MOMENTS
    each = copies + math.ceil(own / learners)
    whole = machine.width + _MASTER if is_sharded else 0
    less = less if rank or whole >= each else "optim.lora_rank 16"
    return Need(each=max(each, whole), less=less, device=machine.device)


def _copies_bytes(machine: Machine) -> int:
    """Return the bytes of a weight: plain, and on a CPU packed, and packed transposed."""
    packed = 1 + products.num_copies(machine.torch_dtype) if machine.device == "cpu" else 0
    return machine.width * (1 + packed)


def largest_pack(decoder: Decoder, machine: Machine) -> int:
    """Return the most tokens of a micro-batch, whatever memory there is."""
    device, width = torch.device(machine.device), decoder.arch.head_width
    return GPU_PACK if varlen.serves(device, machine.torch_dtype, width) else MAX_PACK


def pack_tokens(decoder: Decoder, machine: Machine, most: int = MAX_PACK, shards: int = 0) -> int:
    """Return the most tokens of a micro-batch under the memory limit, at most `most`.

    Weights with their packed copies are subtracted first, and of those that are learned masters,
    gradients and moments; on a GPU also the cache, which stays, and the logits of a chunk. The rest
    holds the activations of every layer and the probabilities for the backward pass.

    Args:
        decoder: whose weights are learned.
        machine: its memory and dtype.
        most: tokens.
        shards: learners that share the masters, of frozen weights too; 0 if they are not sharded.
    """
    arch, width = decoder.arch, machine.width
    params = list(decoder.parameters())
    total = sum(p.numel() for p in params)
    learned = sum(p.numel() for p in params if p.requires_grad)
    own = (_MASTER + _GRADIENT_AND_MOMENTS) * learned
    if shards:
        own = (own + _MASTER * (total - learned)) / shards
    left = machine.memory_gb * 1e9 - _copies_bytes(machine) * total - own
    if machine.device == "cuda":
        left -= CACHE_SHARE * machine.memory_gb * 1e9 + 2 * 4 * GPU_CHUNK * arch.vocab_size
    a_layer = 6 * arch.width + 3 * (arch.q_width + arch.kv_width) + 5 * arch.mlp_width
    a_token = width * (_SAVED_BYTES * a_layer * arch.num_layers + arch.vocab_size)
    return max(MIN_PACK, min(most, int(left / a_token)))


def _speed(policy: models.Policy, config: TrainConfig) -> Speed:
    """Measure the speed of the finished model, whose adapters are merged."""
    families = [load_family(part.family, config.sandbox.level) for part in config.tasks]
    sampler = LocalSampler(lora.plain(policy.decoder), markers(policy.tokenizer), rows=1)
    return sampler.speed(usual_answer(policy.tokenizer, families))


def save(policy: models.Policy, folder: Path) -> None:
    """Write a policy into a folder: `model`, and `adapter` if it has one."""
    models.save(policy, folder / "model")
    if lora.rank(policy.decoder):
        models.save_adapter(policy, folder / "adapter")
