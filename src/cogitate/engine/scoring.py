"""Log-probabilities of a prompt's own tokens."""

import torch
from torch import Tensor

from cogitate.engine.scheduler import Group
from cogitate.models.decoder import Decoder

_AT_ONCE = 128
"""Tokens for which logits are held at once."""


def score(decoder: Decoder, group: Group, hidden_ND: Tensor, start: int) -> None:
    """Append the scores of the tokens that part of a prompt predicts, if a request has `echo`.

    Args:
        decoder: the model.
        group: the group of the prompt; its `scores` grow.
        hidden_ND: hidden states [N, D] of this part.
        start: position of this part in the prompt.
    """
    if not any(sequence.request.echo for sequence in group.sequences):
        return
    ahead = group.prompt[start + 1 : start + 1 + len(hidden_ND)]
    predicted = torch.tensor(ahead, dtype=torch.int64, device=hidden_ND.device)
    for first in range(0, len(predicted), _AT_ONCE):
        own = predicted[first : first + _AT_ONCE]
        scores = decoder.logits(hidden_ND[first : first + len(own)]).log_softmax(dim=-1)
        best = scores.max(dim=-1)
        found = (scores.gather(1, own[:, None])[:, 0], best.indices, best.values)
        group.scores += zip(*(values.tolist() for values in found), strict=True)
