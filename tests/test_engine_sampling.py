"""Sampling is exact: frequencies match the distribution, supports match the reference."""

import pytest
import torch
from scipy.stats import chisquare

from cogitate.engine import sampling
from cogitate.engine.sampling import restrict, sample


def draw(logits_V: torch.Tensor, temperature: float, count: int, seed: int = 0):
    generator = torch.Generator().manual_seed(seed)
    return sample(
        logits_V.repeat(count, 1),
        torch.full((count,), temperature),
        torch.rand(count, generator=generator),
        torch.full((count,), -1),
    )


@pytest.mark.parametrize("size", [5, 256, 300, 1000])
@pytest.mark.parametrize("temperature", [0.7, 1.0])
def test_frequencies_are_the_softmax(size, temperature):
    logits = torch.randn(size, generator=torch.Generator().manual_seed(size)) * 3
    expected = (logits.double() / temperature).softmax(dim=-1)
    count = 20_000
    tokens, logprobs = draw(logits, temperature, count)
    torch.testing.assert_close(logprobs, expected.log()[tokens].float(), atol=1e-5, rtol=1e-5)
    big = expected * count >= 5
    seen = torch.bincount(tokens, minlength=size)
    observed = [*seen[big].tolist(), int(seen[~big].sum())]
    wanted = [*(expected[big] * count).tolist(), float(expected[~big].sum() * count)]
    if wanted[-1] < 5:
        observed, wanted = observed[:-1], wanted[:-1]
    wanted = [w * sum(observed) / sum(wanted) for w in wanted]
    assert chisquare(observed, wanted).pvalue > 1e-4


def test_tokens_without_probability_are_never_drawn():
    logits = torch.full((700,), -torch.inf)
    logits[[3, 500, 699]] = torch.tensor([0.0, 1.0, 2.0])
    edges = torch.tensor([0.0, 0.5, 1 - 2**-24])
    tokens, _ = sample(logits.repeat(3, 1), torch.ones(3), edges, torch.full((3,), -1))
    assert tokens.tolist() == [3, 699, 699]
    tokens, _ = draw(logits, 1.0, 2000)
    assert set(tokens.tolist()) == {3, 500, 699}


def test_greedy_and_forced_tokens_report_their_own_probability():
    logits = torch.randn(3, 300)
    expected = logits.log_softmax(dim=-1)
    tokens, logprobs = sample(
        logits.clone(), torch.tensor([0.0, 0.0, 1.0]), torch.rand(3), torch.tensor([-1, 7, 8])
    )
    assert tokens.tolist() == [int(logits[0].argmax()), 7, 8]
    torch.testing.assert_close(logprobs, expected[[0, 1, 2], tokens], atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(("top_k", "top_p", "min_p"), [(5, 1.0, 0.0), (0, 0.8, 0.0), (0, 1.0, 0.1),
                                                       (20, 0.9, 0.02), (1, 1.0, 0.0)])  # fmt: skip
@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_supports_are_those_of_transformers(top_k, top_p, min_p, temperature):
    from transformers.generation.logits_process import (
        MinPLogitsWarper,
        TemperatureLogitsWarper,
        TopKLogitsWarper,
        TopPLogitsWarper,
    )

    logits = torch.randn(16, 400, generator=torch.Generator().manual_seed(1)) * 3
    reference = TemperatureLogitsWarper(temperature)(None, logits)
    if top_k:
        reference = TopKLogitsWarper(top_k)(None, reference)
    if top_p < 1:
        reference = TopPLogitsWarper(top_p)(None, reference)
    if min_p:
        reference = MinPLogitsWarper(min_p)(None, reference)
    limits = (torch.full((16,), limit) for limit in (temperature, top_k, top_p, min_p))
    assert torch.equal(restrict(logits, *limits) / temperature, reference)


def test_rows_without_restrictions_are_left_as_they_are():
    logits = torch.randn(2, 50)
    ours = restrict(logits, torch.ones(2), torch.tensor([0, 3]), torch.ones(2), torch.zeros(2))
    assert torch.equal(ours[0], logits[0])
    assert int(ours[1].isfinite().sum()) == 3


@pytest.mark.parametrize("sharpness", [0.1, 2.0, 8.0])
def test_few_tokens_are_sorted_where_no_others_can_be_kept(sharpness):
    """Some rows keep few tokens, some many, some have ties at the edge, and one has no limit."""
    random = torch.Generator().manual_seed(3)
    logits = torch.randn(24, 5000, generator=random) * sharpness
    logits[12:] = logits[12:].round()
    logits[3, 10:] = -torch.inf
    limits = (
        torch.tensor([0.0, 1.0, 0.7] * 8),
        torch.tensor([0, 3, 40, 600] * 6),
        torch.tensor([0.9, 0.5, 1.0, 0.99, 1.0, 0.95] * 4),
        torch.tensor([0.0, 0.0, 0.0, 0.01, 0.2, 0.0, 0.0, 0.0] * 3),
    )
    expected = sampling._restrict(logits, *limits)
    assert torch.equal(restrict(logits, *limits), expected)
