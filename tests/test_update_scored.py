"""The distance of sampler and learner, for batches of any size."""

import pytest
import torch

from cogitate.update.scored import distance


@pytest.mark.parametrize("num", [1, 2, 3, 100, 101, 102, 5000])
def test_the_largest_differences_are_told_by_a_quantile(num: int) -> None:
    differences = torch.randn(num, generator=torch.Generator().manual_seed(num))
    expected = float(differences.double().abs().quantile(0.99))
    assert distance(differences)["logprob_diff_p99"] == pytest.approx(expected, rel=1e-6)


def test_a_batch_may_have_any_number_of_tokens() -> None:
    differences = torch.zeros(2**24 + 1)
    differences[: 2**18] = 1.0  # more than one in a hundred
    assert distance(differences)["logprob_diff_p99"] == 1.0
