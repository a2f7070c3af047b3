"""What a prompt's own tokens were worth to the model that reads them."""

import torch
from torch import Tensor

from cogitate.engine.scheduler import Group
from cogitate.models.decoder import Decoder

_AT_ONCE = 128
"""Tokens: a row of logits is as wide as the vocabulary."""


def score(decoder: Decoder, group: Group, hidden_ND: Tensor, start: int) -> None:
    """Score the tokens that a stretch of a prompt predicts of itself, where a row asks for it.

    Args:
        decoder: that computed the stretch.
        group: whose prompt it is; its scores grow.
        hidden_ND: of the stretch.
        start: its first place in the prompt.
    """
    if not any(row.request.echo for row in group.rows):
        return
    ahead = group.prompt[start + 1 : start + 1 + len(hidden_ND)]
    predicted = torch.tensor(ahead, dtype=torch.int64, device=hidden_ND.device)
    for first in range(0, len(predicted), _AT_ONCE):
        own = predicted[first : first + _AT_ONCE]
        scores = decoder.logits(hidden_ND[first : first + len(own)]).log_softmax(dim=-1)
        best = scores.max(dim=-1)
        found = (scores.gather(1, own[:, None])[:, 0], best.indices, best.values)
        group.scores += zip(*(values.tolist() for values in found), strict=True)
