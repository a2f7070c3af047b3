"""The next token of each row: drawn from the model, or what its sequence's state demands."""

import torch
from torch import Tensor

from cogitate.engine.running import Batch
from cogitate.engine.sampling import restrict, sample
from cogitate.models.decoder import Decoder


def choose(
    decoder: Decoder, hidden_BD: Tensor, batch: Batch, exact_rows: int = 0
) -> tuple[Tensor, Tensor]:
    """Return the next token of each row [B], with its log-probability [B].

    Args:
        decoder: the model.
        hidden_BD: the hidden states that predict them.
        batch: its rows say how to sample, and its sequences what is forced or excluded.
        exact_rows: pad to so many rows, if not 0.
    """
    if exact_rows:
        padding = hidden_BD.new_zeros(exact_rows - len(batch), hidden_BD.shape[1])
        hidden_BD = torch.cat([hidden_BD, padding])
    logits_BV, due = decoder.logits(hidden_BD), batch.due()
    for sequence in due:
        batch.force(sequence, sequence.machine.forced)
        if sequence.follows is not None:
            sequence.follows.restrict(logits_BV[sequence.row])
    batch.draw()
    replaces = [sequence for sequence in due if sequence.machine.may_replace]
    if not replaces:
        return _drawn(logits_BV, batch)
    again_BV = logits_BV.clone()  # drawing overwrites its logits
    tokens = _drawn(logits_BV, batch)[0].tolist()
    for sequence, token in zip(batch.sequences, tokens, strict=True):
        batch.force(sequence, token)
    for sequence in replaces:
        batch.force(sequence, sequence.machine.allowed(tokens[sequence.row]))
    return _drawn(again_BV, batch)


def _drawn(logits_BV: Tensor, batch: Batch) -> tuple[Tensor, Tensor]:
    """Return tokens and log-probabilities of the batch's rows; logits are overwritten."""
    batch.renew()
    limits = batch.limits(len(logits_BV))
    if limits is not None:
        logits_BV = restrict(logits_BV, *limits)
    tokens_B, logprobs_B = sample(logits_BV, *batch.draws(len(logits_BV)))
    return tokens_B[: len(batch)], logprobs_B[: len(batch)]
