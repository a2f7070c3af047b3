"""The learner: packing, batching and dtype change nothing but speed."""

import random
from dataclasses import replace

import pytest
import torch
from torch.optim import optimizer

from card import DEVICE, Card, There
from cogitate.loss import OBJECTIVES, TokenBatch
from cogitate.models.decoder import Decoder
from cogitate.rollout.local import LocalSampler
from cogitate.types import Datum
from cogitate.update import head, varlen
from cogitate.update.learner import LocalLearner, micro_batches
from cogitate.update.optimiser import Optimiser
from cogitate.update.scored import Scored
from cogitate.update.tree import num_tokens, pack
from tiny import ARCH, MARKERS, make_decoder, make_requests, whole_prefix_logits


def make_groups(num_groups: int = 4, group_size: int = 4, seed: int = 0) -> list[list[Datum]]:
    rng = random.Random(seed)

    def tokens(low: int, high: int) -> tuple[int, ...]:
        return tuple(rng.randrange(300) for _ in range(rng.randrange(low, high)))

    groups = []
    for _ in range(num_groups):
        prompt = tokens(1, 12)
        completions = [tokens(1, 20) for _ in range(group_size)]
        groups.append(
            [
                Datum(
                    prompt=prompt,
                    completion=completion,
                    weights=(*(rng.choice((0.0, -0.5, 0.5, 1.0)) for _ in completion[:-1]), 1.0),
                )
                for completion in completions
            ]
        )
    return groups


def gradients(decoder: Decoder, groups, *, pack_tokens: int = 4096) -> torch.Tensor:
    learner = LocalLearner(decoder, pack_tokens=pack_tokens)
    learner.forward_backward(groups)
    return torch.cat([m.grad.flatten() for m in learner._masters.values()]).clone()


def shortest_first(groups: list[list[Datum]]) -> list[Datum]:
    """Return the data in the order in which a pack has them."""
    groups = sorted(groups, key=lambda group: len(group[0].prompt))
    return sorted((d for group in groups for d in group), key=lambda d: len(d.completion))


def relative(ours: torch.Tensor, theirs: torch.Tensor) -> float:
    return float((ours - theirs).norm() / theirs.norm())


def test_packed_logprobs_are_those_of_whole_sequences():
    decoder = make_decoder()
    groups = make_groups()
    packed = pack(groups, torch.device("cpu"))
    ours = Scored(decoder)(packed)
    theirs = [
        float(whole_prefix_logits(decoder, [*d.prompt, *d.completion[:j]]).log_softmax(-1)[token])
        for d in shortest_first(groups)
        for j, token in enumerate(d.completion)
        if d.weights[j]
    ]
    torch.testing.assert_close(ours, torch.tensor(theirs), atol=1e-5, rtol=1e-5)


def test_a_pack_is_laid_out_as_its_docstring_says():
    group = [
        Datum(prompt=(5, 6), completion=(7, 2), weights=(1.0, 1.0)),
        Datum(prompt=(5, 6), completion=(8, 9, 2), weights=(1.0, 1.0, 1.0)),
    ]
    packed = pack([group], torch.device("cpu"))
    assert packed.tokens.tolist() == [5, 6, 7, 8, 9]
    assert packed.positions.tolist() == [0, 1, 2, 2, 3]
    assert packed.sources.tolist() == [1, 2, 1, 3, 4]
    assert packed.targets.tolist() == [7, 2, 8, 9, 2]
    assert num_tokens(group) == 5


def test_batch_8_is_2_times_4_and_packed_is_unpacked():
    groups = make_groups(8, 1)
    whole = gradients(make_decoder(), groups)
    halves = gradients(make_decoder(), groups, pack_tokens=sum(map(num_tokens, groups[:4])))
    assert relative(halves, whole) < 1e-5

    groups = make_groups(4, 4)
    alone = [[datum] for group in groups for datum in group]
    packed, unpacked = gradients(make_decoder(), groups), gradients(make_decoder(), alone)
    assert relative(packed, unpacked) < 1e-5
    assert relative(gradients(make_decoder(), alone, pack_tokens=1), packed) < 1e-5


def test_bf16_gradients_point_the_same_way():
    groups = make_groups(8, 4)
    exact = gradients(make_decoder(), groups)
    rounded = gradients(make_decoder().bfloat16(), groups)
    split = gradients(make_decoder().bfloat16(), groups, pack_tokens=64)
    alone = gradients(make_decoder().bfloat16(), [[datum] for group in groups for datum in group])
    cosine = torch.nn.functional.cosine_similarity
    assert float(cosine(rounded, alone, dim=0)) > 0.999
    assert float(cosine(rounded, split, dim=0)) > 0.999
    assert float(cosine(exact, rounded, dim=0)) > 0.99


@pytest.mark.parametrize("pack_tokens", [60, 25])
def test_micro_batches_keep_order_and_bounds(pack_tokens):
    groups = make_groups(20, 4)
    batches = micro_batches(groups, pack_tokens)
    parts = [part for batch in batches for part in batch]
    assert [datum for part in parts for datum in part] == [d for group in groups for d in group]
    assert all(len({datum.prompt for datum in part}) == 1 for part in parts)
    for batch in batches:
        assert sum(map(num_tokens, batch)) <= pack_tokens or [len(part) for part in batch] == [1]


def test_a_group_larger_than_a_micro_batch_is_cut_up_and_learns_the_same():
    groups = make_groups(2, 6)
    whole, cut = (gradients(make_decoder(), groups, pack_tokens=tokens) for tokens in (4096, 30))
    assert relative(cut, whole) < 1e-5


def test_what_has_nothing_to_learn_changes_nothing():
    groups = make_groups(2, 3)
    idle = [replace(datum, weights=(0.0,) * len(datum.weights)) for datum in groups[0]]
    with_idle = gradients(make_decoder(), [*groups, idle])
    assert relative(with_idle, gradients(make_decoder(), groups)) < 1e-6


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_sampler_and_learner_agree_before_and_after_a_step(dtype):
    decoder = make_decoder().to(dtype)
    sampler, learner = LocalSampler(decoder, MARKERS, rows=8), LocalLearner(decoder)
    for version in range(3):
        rollouts = sampler.sample(make_requests(16, group=4, seed=version))
        groups = [
            [
                Datum(prompt=r.request.prompt, completion=r.tokens, logprobs=r.logprobs,
                      weights=tuple(0.5 * s for s in r.sampled))
                for r in rollouts[i : i + 4]
            ]
            for i in range(0, 16, 4)
        ]  # fmt: skip
        metrics = learner.forward_backward(groups)
        if dtype == torch.float32:
            assert metrics["logprob_diff_max"] < 1e-4
        else:
            assert metrics["logprob_diff_mean"] < 0.05  # weights six times their usual size
        learner.optim_step(1e-2)
        sampler.load_weights(learner.publish(version + 1))


@pytest.mark.parametrize("muon", [False, True])
def test_loss_falls_and_a_saved_learner_goes_on_to_the_bit(tmp_path, muon):
    optimiser = Optimiser(weight_decay=0.1, muon=muon)
    groups = make_groups(4, 1)
    decoder = make_decoder()
    learner = LocalLearner(decoder, optimiser=optimiser)
    losses = []
    for step in range(6):
        losses.append(learner.forward_backward([[_as_sft(g[0])] for g in groups])["loss"])
        learner.optim_step(1e-2)
        if step == 2:
            learner.save(tmp_path)
    assert losses[-1] < losses[0]

    again = make_decoder(seed=1)
    resumed = LocalLearner(again, optimiser=optimiser)
    resumed.load(tmp_path)
    for _ in range(3):
        resumed.forward_backward([[_as_sft(g[0])] for g in groups])
        resumed.optim_step(1e-2)
    for ours, theirs in zip(again.parameters(), decoder.parameters(), strict=True):
        assert torch.equal(ours, theirs)


def test_muon_takes_orthogonal_steps_in_layers_and_leaves_the_rest_to_adam():
    decoder = make_decoder()
    before = {name: p.detach().clone() for name, p in decoder.named_parameters()}
    learner = LocalLearner(decoder, optimiser=Optimiser(muon=True))
    learner.forward_backward(make_groups())
    learner.optim_step(1e-2)
    steps = {name: p.detach() - before[name] for name, p in decoder.named_parameters()}
    for name, step in steps.items():
        if name.startswith("layers.") and step.dim() == 2:
            values = torch.linalg.svdvals(step) / (1e-2 * 0.2 * max(step.shape) ** 0.5)
            assert values.max() < 1.3, name
            assert values.median() > 0.6, name
    assert steps["embedding.weight"].abs().max() == pytest.approx(1e-2, rel=1e-2)


def test_a_gradient_that_is_not_finite_changes_nothing():
    decoder = make_decoder()
    learner = LocalLearner(decoder)
    before = decoder.norm.detach().clone()
    (group,) = make_groups(1, 1)
    bad = [Datum(prompt=group[0].prompt, completion=(1, 2), weights=(float("inf"), 1.0))]
    learner.forward_backward([bad])
    assert not torch.isfinite(torch.tensor(learner.optim_step(1e-2)["grad_norm"]))
    assert torch.equal(decoder.norm, before)


def test_a_batch_without_weight_is_refused():
    with pytest.raises(ValueError, match="no token to learn"):
        LocalLearner(Decoder(ARCH)).forward_backward(
            [[Datum(prompt=(1,), completion=(2,), weights=(0.0,))]]
        )


@pytest.mark.parametrize("name", ["reinforce", "ppo_clip", "cispo", "gspo"])
def test_on_policy_every_objective_has_the_gradient_of_reinforce(name):
    logprobs = torch.tensor([-0.2, -1.0, -0.5, -2.0], dtype=torch.float64, requires_grad=True)
    sequence = torch.tensor([0, 1, 2, 3])
    batch = TokenBatch(
        logprobs=logprobs, behaviour=logprobs.detach(), sequence=sequence,
        advantages=torch.tensor([0.5, -0.5, 0.25, 1.0], dtype=torch.float64),
    )  # fmt: skip
    (gradient,) = torch.autograd.grad(OBJECTIVES[name](batch).sum(), logprobs)
    torch.testing.assert_close(gradient, -batch.advantages)


def test_clipped_objectives_stop_where_their_papers_say():
    new = torch.tensor([0.0, 0.0, 0.0, 0.0], requires_grad=True)
    old = torch.tensor([-1.0, -1.0, 1.0, 1.0])
    advantages = torch.tensor([1.0, -1.0, 1.0, -1.0])
    batch = TokenBatch(logprobs=new, behaviour=old, advantages=advantages, sequence=torch.arange(4))
    (gradient,) = torch.autograd.grad(OBJECTIVES["ppo_clip"](batch).sum(), new)
    assert (gradient != 0).tolist() == [False, True, True, False]
    (gradient,) = torch.autograd.grad(OBJECTIVES["cispo"](batch).sum(), new)
    assert (gradient != 0).all()


def _as_sft(datum: Datum) -> Datum:
    return Datum(
        prompt=datum.prompt, completion=datum.completion, weights=(1.0,) * len(datum.completion)
    )


def test_a_step_tells_how_far_it_moves_the_policy():
    decoder = make_decoder()
    (rollout,) = LocalSampler(decoder, MARKERS).sample(make_requests(1))
    datum = Datum(
        prompt=rollout.request.prompt,
        completion=rollout.tokens,
        weights=(1.0,) * len(rollout.tokens),
        logprobs=rollout.logprobs,
    )

    def moved(lr: float) -> float:
        learner = LocalLearner(make_decoder())
        learner.forward_backward([[datum]])
        return learner.optim_step(lr)["step_kl"]

    still, little, far = moved(0.0), moved(1e-4), moved(1e-2)
    assert abs(still) < 1e-6 < little < far / 10
    learner = LocalLearner(decoder)
    learner.forward_backward([[replace(datum, logprobs=None)]])
    assert "step_kl" not in learner.optim_step(1e-4)


def test_how_far_a_step_moves_is_measured_within_a_pack_and_keeps_nothing(monkeypatch):
    """Probabilities are kept for a backward pass alone."""
    kept, score = list[bool](), head.score

    def noted(logits, temperature, targets, kept_NV):
        kept.append(kept_NV is not None)
        return score(logits, temperature, targets, kept_NV)

    monkeypatch.setattr(head, "score", noted)
    group = [replace(d, logprobs=(-5.0,) * len(d.completion)) for d in make_groups(1, 16)[0]]
    learner = LocalLearner(make_decoder(), pack_tokens=40)
    learner.forward_backward([group])
    assert learner._watched is not None
    assert len(learner._watched.tokens) <= 40
    assert kept.count(True) == len(kept)
    assert "step_kl" in learner.optim_step(0.0)
    assert kept.count(False) == 1


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_the_host_waits_for_a_gpu_once_a_batch(monkeypatch, objective):
    """Not for each token, layer or micro-batch; and gradients are those of the CPU."""
    monkeypatch.setattr(varlen, "_flash", lambda: BySegments.apply)
    fused = ["meta", *optimizer._get_fused_kernels_supported_devices()]
    monkeypatch.setattr(optimizer, "_get_fused_kernels_supported_devices", lambda: fused)
    dtype = torch.bfloat16 if objective == "reinforce" else torch.float32
    groups, waits = make_groups(4), []
    theirs = gradients(make_decoder().to(dtype), groups)
    for pack_tokens in (4096, 40):
        with Card(monkeypatch) as card:
            decoders = [make_decoder().to(dtype).to(DEVICE) for _ in range(2)]
            ours = gradients(decoders[0], groups, pack_tokens=pack_tokens)
            learner = LocalLearner(decoders[1], pack_tokens=pack_tokens, objective=objective)
            card.waits.clear()
            learner.forward_backward(groups)
            waits.append(card.waits)
            learner.optim_step(1e-3)
        assert relative(ours.inner, theirs) < (1e-5 if dtype == torch.float32 else 2e-2)
    assert waits[0] == waits[1]
    assert len(waits[0]) <= 12  # what is measured of a batch


class BySegments(torch.autograd.Function):
    """Attend as flash attention would, for which the host does not wait."""

    @staticmethod
    def forward(ctx, *given):
        inner = [x.inner if isinstance(x, There) else x for x in given]
        with torch.enable_grad():
            ctx.given = [x.detach().requires_grad_() for x in inner[:3]]
            ctx.found = varlen._segment_by_segment(*ctx.given, *inner[3:])
        return There(ctx.found.detach())

    @staticmethod
    def backward(ctx, grad):
        grads = torch.autograd.grad(ctx.found, ctx.given, grad.inner)
        return (*map(There, grads), None, None, None)
