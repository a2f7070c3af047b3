"""Ranks of the sharded learner: a module that spawned processes can import by its name."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from torch import distributed
from torch.distributed.tensor import DTensor
from torch.multiprocessing.spawn import spawn

from cogitate.models import lora
from cogitate.types import Datum
from cogitate.update.fsdp import ShardedLearner, join
from test_update_learner import make_groups
from tiny import make_decoder

NUM_STEPS, LR, PACK = 3, 1e-2, 120
KINDS = {"fp32": torch.float32, "bf16": torch.bfloat16, "lora": torch.float32}


@contextmanager
def joined(**group) -> Iterator[None]:
    join(**group, device="cpu")
    try:
        yield
    finally:
        distributed.destroy_process_group()


def decoder_of(kind: str):
    decoder = make_decoder().to(KINDS[kind])
    if kind == "lora":
        lora.apply(decoder, rank=2, alpha=4.0, seed=3)
        generator = torch.Generator().manual_seed(4)
        for name, weight in decoder.named_parameters():
            if "lora_b" in name:  # at 0, A would have no gradient
                torch.nn.init.normal_(weight, std=0.1, generator=generator)
    return decoder


def batch_of(step: int) -> list[list[Datum]]:
    """Groups with a sampler's log-probabilities, one of them without signal."""
    groups = [
        [
            Datum(
                prompt=datum.prompt,
                completion=datum.completion,
                weights=datum.weights,
                logprobs=(-5.0,) * len(datum.completion),
            )
            for datum in group
        ]
        for group in make_groups(5, 3, seed=step)
    ]
    silent = Datum(prompt=(1,), completion=(2,), weights=(0.0,), logprobs=(-1.0,))
    return [*groups, [silent]]


def full(tensor: torch.Tensor | None) -> torch.Tensor:
    assert tensor is not None
    return tensor.full_tensor() if isinstance(tensor, DTensor) else tensor


def steps(learner, first: int = 0):
    """Take the steps; return what each of them told."""
    return [
        {**learner.forward_backward(batch_of(step)), **learner.optim_step(LR)}
        for step in range(first, NUM_STEPS)
    ]


def rank(number: int, world: int, address: str, folder: str) -> None:
    """What each process does; rank 0 writes down what came of it."""
    torch.set_num_threads(1)
    with joined(rank=number, world=world, address=address):
        for kind in KINDS:
            (Path(folder) / kind).mkdir(exist_ok=True)
            found = found_with(kind, Path(folder) / kind, PACK + 30 * number)
            if number == 0:
                torch.save(found, Path(folder) / kind / "found.pt")


def found_with(kind: str, folder: Path, pack_tokens: int) -> dict:
    """What a rank finds with a kind of weights: gradients, steps, and steps after resuming.

    Ranks may have room for packs of other sizes; the smallest counts.
    """
    found = {}
    learner = ShardedLearner(decoder_of(kind), pack_tokens=pack_tokens)
    learner.save(folder / "new")  # as a run does before its first step
    found["metrics"] = learner.forward_backward(batch_of(0))
    found["gradients"] = {n: full(p.grad).clone() for n, p in learner._params.items()}
    learner.optim_step(LR)
    learner.save(folder / "saved")
    found["told"] = steps(learner, 1)
    found["weights"] = {n: t.clone() for n, t in learner.publish(3).tensors.items()}
    again = ShardedLearner(decoder_of(kind), pack_tokens=PACK)
    again.load(folder / "saved")
    found["told again"] = steps(again, 1)
    found["weights again"] = dict(again.publish(3).tensors)
    return found


def run(world: int, folder: Path) -> dict[str, dict]:
    """Return what ranks found, by the kind of weights; each has a folder of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
    spawn(rank, (world, address, str(folder)), nprocs=world)
    return {kind: torch.load(folder / kind / "found.pt", weights_only=False) for kind in KINDS}
