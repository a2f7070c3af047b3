"""What a learner computes of a pack: log-probabilities, the loss, and the distance of the sampler.

Source of the `kl`: the k3 estimator (http://joschu.net/blog/kl-approx.html).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from cogitate.loss import OBJECTIVES, TokenBatch
from cogitate.models.decoder import Decoder
from cogitate.types import Datum
from cogitate.update import varlen
from cogitate.update.head import token_logprobs
from cogitate.update.tree import Pack, TreeAttention
from cogitate.update.varlen import VarlenTree


class Scored(nn.Module):
    """A decoder that returns the log-probabilities of a pack's learned tokens.

    Example: Scored(decoder)(packed) -> tensor([-0.3, -1.2])
    """

    def __init__(self, decoder: Decoder) -> None:
        """Share a decoder."""
        super().__init__()
        self.decoder = decoder

    def forward(self, packed: Pack) -> Tensor:
        """Return log-probabilities [M] in fp32, at the pack's temperatures."""
        decoder = self.decoder
        is_flat = varlen.serves(packed.tokens.device, decoder.dtype, decoder.arch.head_width)
        attention = VarlenTree(packed) if is_flat else TreeAttention(packed)
        hidden = decoder(packed.tokens, packed.positions, attention)
        return token_logprobs(
            hidden.index_select(0, packed.sources),
            decoder.head_weight,
            decoder.head_blocked,
            packed.targets,
            packed.temperatures,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What metrics need of one micro-batch, without a gradient.

    Example: Part(loss=tensor(-0.1), logprobs=tensor([-0.3]), differences=tensor([0.001]))
    """

    loss: Tensor
    """Summed over its tokens."""
    logprobs: Tensor
    """[M], of the learner."""
    differences: Tensor
    """[M] ln(learner / sampler); nan for tokens that were not sampled."""

    def cpu(self) -> "Part":
        """Return it in the memory of the host."""
        return Part(
            loss=self.loss.cpu(), logprobs=self.logprobs.cpu(), differences=self.differences.cpu()
        )


def with_signal(data: Sequence[Sequence[Datum]]) -> list[list[Datum]]:
    """Return the groups without data of which nothing is learned.

    Raises:
        ValueError: every weight is 0.
    """
    learned = [[datum for datum in group if any(datum.weights)] for group in data]
    if not any(learned):
        raise ValueError("the batch has no token to learn: every weight is 0")
    return [group for group in learned if group]


def num_learned(data: Sequence[Sequence[Datum]]) -> int:
    """Return the number of tokens with a nonzero weight."""
    return sum(len(datum.weights) - datum.weights.count(0) for group in data for datum in group)


def loss_of(packed: Pack, ours: Tensor, objective: str) -> tuple[Tensor, Part]:
    """Return the loss summed over a pack's tokens, and what metrics need.

    Args:
        packed: the pack.
        ours: its log-probabilities [M].
        objective: a name of cogitate.loss.
    """
    behaviour = torch.where(packed.behaviour.isnan(), ours.detach(), packed.behaviour)
    batch = TokenBatch(
        logprobs=ours,
        behaviour=behaviour,
        advantages=packed.weights,
        sequence=packed.sequence,
    )
    loss = OBJECTIVES[objective](batch).sum()
    differences = ours.detach() - packed.behaviour
    return loss, Part(loss=loss.detach(), logprobs=ours.detach(), differences=differences)


def as_now(packed: Pack, ours: Tensor) -> Pack:
    """Return a pack as if the learner had sampled it now, with log-probabilities `ours` [M]."""
    sampled = ~packed.behaviour.isnan()
    return replace(packed, behaviour=torch.where(sampled, ours, packed.behaviour))


def metrics(parts: Sequence[Part], normaliser: int) -> dict[str, float]:
    """Return the metrics of a batch: `loss`, `num_tokens`, `logprob`, and those of `distance`."""
    return {
        "loss": float(torch.stack([part.loss for part in parts]).sum()) / normaliser,
        "num_tokens": float(normaliser),
        "logprob": float(torch.cat([part.logprobs for part in parts]).mean()),
    } | distance(torch.cat([part.differences for part in parts]))


def distance(differences: Tensor) -> dict[str, float]:
    """Return the distance of learner and sampler; nothing if no token was sampled.

    `kl` is in nats a token. `effective_samples` is Kish's effective sample size with the ratios as
    weights, as a share.
    """
    differences = differences[~differences.isnan()]
    if not len(differences):
        return {}
    sizes, ratios = differences.abs(), differences.exp()
    return {
        "logprob_diff_mean": float(sizes.mean()),
        "logprob_diff_p99": float(_quantile(sizes, 0.99)),
        "logprob_diff_max": float(sizes.max()),
        "kl": float((ratios - 1 - differences).mean()),
        "effective_samples": float(ratios.mean() ** 2 / ratios.square().mean()),
    }


def _quantile(values: Tensor, share: float) -> Tensor:
    """Return a quantile as `Tensor.quantile` does, which refuses more than 2**24 values."""
    place = share * (len(values) - 1)
    below, above = (values.kthvalue(1 + rank).values for rank in (int(place), math.ceil(place)))
    return below.lerp(above, place % 1)


def step_kl(packed: Pack, ours: Tensor) -> dict[str, float]:
    """Return the KL divergence of an update, from log-probabilities after it, in nats a token."""
    return {"step_kl": distance(ours - packed.behaviour)["kl"]}
