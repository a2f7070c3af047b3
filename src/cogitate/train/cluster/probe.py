"""A probe of whether a sampler has the weights that the learner published.

Both score the same few tokens. A sampler in another process or engine may have kept old weights, or
a part of them, without a word (vLLM keeps a tied head); the gradient would be of other rollouts.
"""

from collections.abc import Sequence

import torch

from cogitate.errors import ModelError
from cogitate.models.decoder import Decoder
from cogitate.protocols import Poll, Sampler, Then
from cogitate.train.roles import TrainingSampler
from cogitate.types import Budget, Datum, Request, Rollout, Weights
from cogitate.update.scored import Scored
from cogitate.update.tree import pack
from cogitate.watch.update import LOGPROB_LIMITS

_LENGTH = 32
_STRIDE = 37
"""Between two tokens of the probe, so that it has many rows of the embedding."""


def probe_tokens(vocab_size: int) -> tuple[int, ...]:
    """Return the tokens that are scored."""
    return tuple((place * _STRIDE + 1) % vocab_size for place in range(_LENGTH))


@torch.no_grad()
def learner_scores(decoder: Decoder) -> list[float]:
    """Return the decoder's log-probability of each token of the probe but the first."""
    first, *rest = probe_tokens(decoder.arch.vocab_size)
    datum = Datum(prompt=(first,), completion=tuple(rest), weights=(1.0,) * len(rest))
    return Scored(decoder)(pack([[datum]], decoder.embedding.weight.device)).tolist()


def sampler_scores(sampler: Sampler, vocab_size: int) -> list[float]:
    """Return the sampler's log-probability of each token of the probe but the first."""
    request = Request(prompt=probe_tokens(vocab_size), budget=Budget(think=0, answer=1), echo=True)
    (rollout,) = sampler.sample([request])
    return [score for score, *_ in rollout.prompt_scores]


def check_scores(learner: Sequence[float], sampler: Sequence[float], dtype: str) -> None:
    """Check that both have the same weights, as far as rounding allows.

    Args:
        learner: its scores.
        sampler: its scores.
        dtype: "fp32" or "bf16".

    Raises:
        ModelError: the sampler has other weights.
    """
    differences = (torch.tensor(learner) - torch.tensor(sampler)).abs()
    found = {
        "logprob_diff_mean": float(differences.mean()),
        "logprob_diff_max": float(differences.max()),
    }
    name, limit = next(iter(LOGPROB_LIMITS[dtype].items()))
    if not found[name] <= limit:
        raise ModelError(
            "the sampler does not have the weights that were published: its log-probabilities of a"
            f" probe differ by {found[name]:.2g}, where {dtype} allows {limit:g}; please report it"
        )


class Probed:
    """A sampler in another engine, which is probed after each load."""

    def __init__(self, sampler: TrainingSampler, decoder: Decoder, dtype: str) -> None:
        """Take the sampler, and a decoder that has the weights which are loaded into it."""
        self._sampler, self._decoder, self._dtype = sampler, decoder, dtype

    def load_weights(self, weights: Weights) -> None:
        """Load weights, and check that they have come.

        Raises:
            ModelError: the sampler has others.
        """
        self._sampler.load_weights(weights)
        scores = sampler_scores(self._sampler, self._decoder.arch.vocab_size)
        check_scores(learner_scores(self._decoder), scores, self._dtype)

    def sample(
        self, requests: Sequence[Request], then: Then | None = None, poll: Poll | None = None
    ) -> list[Rollout]:
        """Sample."""
        return self._sampler.sample(requests, then, poll)
