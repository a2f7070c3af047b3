"""The sharded learner: two ranks have one process's gradients, and resume to the bit."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch
from torch.distributed.checkpoint import FileSystemReader
from torch.distributed.tensor import DTensor
from torch.multiprocessing.spawn import spawn

from cogitate.errors import CheckpointError, UsageError
from cogitate.models import lora
from cogitate.types import Datum
from cogitate.update.fsdp import ShardedLearner, join, leave, share
from cogitate.update.learner import LocalLearner
from cogitate.update.optimiser import Optimiser
from test_update_learner import make_groups, relative
from tiny import make_decoder

NUM_STEPS, LR, PACK = 3, 1e-2, 120
KINDS = {"fp32": torch.float32, "bf16": torch.bfloat16, "lora": torch.float32}


@contextmanager
def joined(**group) -> Iterator[None]:
    join(**group, device="cpu")
    try:
        yield
    finally:
        leave()


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


def rank(number: int, world: int, address: str, kind: str, folder: str) -> None:
    """What each process does; rank 0 writes down what came of it."""
    torch.set_num_threads(1)
    found = {}
    with joined(rank=number, world=world, address=address):
        decoder = decoder_of(kind)
        learner = ShardedLearner(decoder, pack_tokens=PACK)
        learner.save(Path(folder) / "new")  # as a run does before its first step
        found["metrics"] = learner.forward_backward(batch_of(0))
        found["gradients"] = {n: full(p.grad).clone() for n, p in learner._params.items()}
        learner.optim_step(LR)
        learner.save(Path(folder) / "saved")
        found["told"] = steps(learner, 1)
        found["weights"] = {n: t.clone() for n, t in learner.publish(3).tensors.items()}
        again = ShardedLearner(decoder_of(kind), pack_tokens=PACK)
        again.load(Path(folder) / "saved")
        found["told again"] = steps(again, 1)
        found["weights again"] = dict(again.publish(3).tensors)
    if number == 0:
        torch.save(found, Path(folder) / "found.pt")


def run(world: int, kind: str, folder: Path) -> dict:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
    spawn(rank, (world, address, kind, str(folder)), nprocs=world)
    return torch.load(folder / "found.pt", weights_only=False)


@pytest.fixture(scope="module", params=KINDS)
def two_ranks(request, tmp_path_factory) -> tuple[str, dict, Path]:
    """A kind of weights, what two ranks found with it, and where they saved."""
    folder = tmp_path_factory.mktemp(request.param)
    return request.param, run(2, request.param, folder), folder


def test_two_ranks_are_one_process(two_ranks) -> None:
    kind, found, _ = two_ranks
    decoder = decoder_of(kind)
    local = LocalLearner(decoder, pack_tokens=PACK)
    metrics = local.forward_backward(batch_of(0))
    close = 2e-2 if kind == "bf16" else 1e-6
    assert found["metrics"] == pytest.approx(metrics, rel=close, abs=close)
    for name, gradient in found["gradients"].items():
        master = local._masters[name.removeprefix("decoder.")]
        assert relative(gradient, full(master.grad)) < close, name
    local.optim_step(LR)
    told = steps(local, 1)
    for ours, theirs in zip(found["told"], told, strict=True):
        assert ours.keys() == theirs.keys()
        assert ours["step_kl"] == pytest.approx(theirs["step_kl"], rel=0.1)
        assert ours["grad_norm"] == pytest.approx(theirs["grad_norm"], rel=0.05)
    published = local.publish(3).tensors
    assert found["weights"].keys() == published.keys()
    if kind != "bf16":  # Adam's first steps have the size of the rate whatever the gradient's
        for name, weight in found["weights"].items():
            assert relative(weight, published[name]) < 1e-3, name


def test_a_checkpoint_resumes_to_the_bit_and_on_another_number(two_ranks) -> None:
    kind, found, folder = two_ranks
    assert found["told again"] == found["told"]
    for name, weight in found["weights"].items():
        assert torch.equal(weight, found["weights again"][name]), name
    with joined():
        alone = ShardedLearner(decoder_of(kind), pack_tokens=PACK)
        alone.load(folder / "saved")
        told = steps(alone, 1)
    assert told[0]["grad_norm"] == pytest.approx(found["told"][0]["grad_norm"], rel=1e-2)


def test_weights_that_are_frozen_are_in_no_checkpoint(tmp_path: Path) -> None:
    with joined():
        learner = ShardedLearner(decoder_of("lora"), pack_tokens=PACK)
        learner.save(tmp_path / "saved")
        names = FileSystemReader(tmp_path / "saved").read_metadata().state_dict_metadata
        learned = [name for name in names if name.startswith("model.")]
        assert learned
        assert all("lora" in name for name in learned)
        with pytest.raises(CheckpointError, match="no sharded checkpoint"):
            learner.load(tmp_path / "none")


@pytest.mark.parametrize("world", [1, 2, 3, 7])
def test_shares_are_the_whole_batch_once(world: int) -> None:
    data = make_groups(6, 4)
    shares = [list(share(data, 100, rank, world)) for rank in range(world)]
    assert len({len(own) for own in shares}) == 1
    own = [
        datum for its in shares for groups, is_own in its if is_own for g in groups for datum in g
    ]
    everything = [datum for group in data for datum in group]
    assert sorted(map(repr, own)) == sorted(map(repr, everything))


def test_muon_is_refused() -> None:
    with joined(), pytest.raises(UsageError, match="whole matrices"):
        ShardedLearner(make_decoder(), optimiser=Optimiser(muon=True))
