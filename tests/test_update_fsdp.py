"""The sharded learner: two ranks have one process's gradients, and resume to the bit."""

import shutil
from pathlib import Path

import pytest
import torch
from torch.distributed.checkpoint import FileSystemReader

from cogitate.errors import CheckpointError, UsageError
from cogitate.update.fsdp import ShardedLearner, need_whole, share
from cogitate.update.learner import LocalLearner
from cogitate.update.optimiser import Optimiser
from ranks import KINDS, LR, PACK, batch_of, decoder_of, full, joined, run, steps
from test_update_learner import make_groups, relative
from tiny import make_decoder


@pytest.fixture(scope="module")
def ranks_found(tmp_path_factory) -> tuple[dict[str, dict], Path]:
    folder = tmp_path_factory.mktemp("ranks")
    return run(2, folder), folder


@pytest.fixture(params=KINDS)
def two_ranks(request, ranks_found) -> tuple[str, dict, Path]:
    """A kind of weights, what two ranks found with it, and where they saved."""
    found, folder = ranks_found
    return request.param, found[request.param], folder / request.param


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


def test_a_checkpoint_without_a_part_is_refused(two_ranks, tmp_path: Path) -> None:
    """As where two nodes write to disks of their own."""
    _, _, folder = two_ranks
    saved = Path(shutil.copytree(folder / "saved", tmp_path / "saved"))
    need_whole(saved)
    next(saved.glob("*.distcp")).unlink()
    with pytest.raises(CheckpointError, match="another node has written elsewhere"):
        need_whole(saved)


def test_a_checkpoint_of_which_nothing_is_seen_is_refused_alike(tmp_path: Path) -> None:
    """As where the driver's node has none of the learners."""
    with pytest.raises(CheckpointError, match=r"lacks \.metadata, which another node"):
        need_whole(tmp_path)


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
