"""Exact sampling, with the log-probability of each sampled token.

Inverse transform sampling with one uniform number a token, in blocks: no sort, no noise over the
vocabulary, no `multinomial` (which costs more than all the layers).
"""

import torch
from torch import Tensor

from cogitate.engine.running import Batch
from cogitate.models.decoder import Decoder
from cogitate.models.kernels import native

Chosen = tuple[Tensor, Tensor]
"""Token and log-probability of each row, on the model's device."""
BLOCK = 256
"""Columns of a block: the search reads V / BLOCK sums, then one block."""
_FEW = 512
"""Tokens of a row that are sorted first; top-p, top-k and min-p mostly leave fewer."""


def choose(decoder: Decoder, hidden_BD: Tensor, batch: Batch, exact_rows: int = 0) -> Chosen:
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
        if (forced := sequence.machine.forced) is not None:
            batch.force(sequence, forced)
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


def sample(
    logits_BV: Tensor, temperature_B: Tensor, uniform_B: Tensor, forced_B: Tensor
) -> tuple[Tensor, Tensor]:
    """Return a token [B] drawn from softmax(logits / temperature), and its log-probability [B].

    `uniform_B` is in [0, 1). Temperature 0 takes the most likely token and returns its
    log-probability at temperature 1. A `forced_B` of 0 or more is the token to take.
    Logits are fp32 and are overwritten.
    """
    if native.serves(logits_BV, lanes=1) and logits_BV.dtype == torch.float32:
        return native.sample(logits_BV, temperature_B, uniform_B, forced_B)
    greedy_B = temperature_B == 0
    top_B, argmax_B = logits_BV.max(dim=-1)
    scale_B = torch.where(greedy_B, 1.0, temperature_B)
    scaled_BV = logits_BV.sub_(top_B[:, None]).div_(scale_B[:, None])
    fixed_B = torch.where(greedy_B & (forced_B < 0), argmax_B, forced_B)
    fixed_logit_B = scaled_BV.gather(1, fixed_B.clamp(min=0)[:, None])[:, 0].clone()
    weights_BV = scaled_BV.exp_()
    drawn_B, total_B = _invert(weights_BV, uniform_B)
    drawn_logit_B = weights_BV.gather(1, drawn_B[:, None])[:, 0].log()
    token_B = torch.where(fixed_B < 0, drawn_B, fixed_B)
    logit_B = torch.where(fixed_B < 0, drawn_logit_B, fixed_logit_B)
    return token_B, logit_B - total_B.log()


def _invert(weights_BV: Tensor, uniform_B: Tensor) -> tuple[Tensor, Tensor]:
    num_rows, size = weights_BV.shape
    whole = size - size % BLOCK
    sums = weights_BV[:, :whole].view(num_rows, whole // BLOCK, BLOCK).sum(dim=-1)
    if whole < size:
        sums = torch.cat([sums, weights_BV[:, whole:].sum(dim=-1, keepdim=True)], dim=-1)
    cumulative = sums.double().cumsum(dim=-1)
    total_B = cumulative[:, -1]
    goal_B = uniform_B.double() * total_B
    block_B = torch.searchsorted(cumulative, goal_B[:, None], right=True)[:, 0]
    block_B = block_B.clamp_(max=sums.shape[1] - 1)
    chosen = block_B[:, None]
    before_B = (cumulative.gather(1, chosen) - sums.double().gather(1, chosen))[:, 0]
    columns = block_B[:, None] * BLOCK + torch.arange(BLOCK, device=weights_BV.device)
    inside = weights_BV.gather(1, columns.clamp(max=size - 1)).masked_fill(columns >= size, 0.0)
    within = inside.double().cumsum(dim=-1)
    offset_B = torch.searchsorted(within, (goal_B - before_B)[:, None], right=True)[:, 0]
    last_B = (inside > 0).int().mul(torch.arange(1, BLOCK + 1, device=inside.device)).argmax(dim=-1)
    return block_B * BLOCK + torch.minimum(offset_B, last_B), total_B.to(weights_BV.dtype)


def restrict(
    logits_BV: Tensor, temperature_B: Tensor, top_k_B: Tensor, top_p_B: Tensor, min_p_B: Tensor
) -> Tensor:
    """Return logits [B, V] with -inf outside the support that top-k, top-p and min-p leave.

    Order as in Hugging Face and vLLM: the probabilities are those at the row's temperature (at 1
    if it is 0), then top-k, then top-p on the rest, then min-p. The sort breaks ties at the edge of
    top-k and top-p, so that exactly k tokens are kept. 0 (top-k, min-p) and 1 (top-p) do nothing.

    On a CPU the most likely tokens of each row are sorted alone, where no others can be kept.
    """
    limits = temperature_B, top_k_B, top_p_B, min_p_B
    if logits_BV.device.type != "cpu" or logits_BV.shape[-1] <= _FEW:
        return _restrict(logits_BV, *limits)
    ordered_BK, index_BK = _most_likely(logits_BV)
    keep = _kept(logits_BV, ordered_BK, *limits)
    edge_B = ordered_BK.gather(1, keep.sum(dim=-1, keepdim=True) - 1)[:, 0]
    limited_B = (top_k_B > 0) | (top_p_B < 1) | (min_p_B > 0)
    is_few_B = limited_B & (top_k_B <= _FEW) & (edge_B > ordered_BK[:, -1])
    kept_BK = ordered_BK.masked_fill(~keep, -torch.inf)
    few_BV = torch.full_like(logits_BV, -torch.inf).scatter_(1, index_BK, kept_BK)
    restricted_BV = torch.where(is_few_B[:, None], few_BV, logits_BV)
    many = (limited_B & ~is_few_B).nonzero()[:, 0]
    if len(many):
        restricted_BV[many] = _restrict(logits_BV[many], *(limit[many] for limit in limits))
    return restricted_BV


def _restrict(logits_BV: Tensor, *limits: Tensor) -> Tensor:
    """Do what `restrict` does, by a sort of the whole vocabulary."""
    ordered_BV, index_BV = logits_BV.sort(dim=-1, descending=True, stable=True)
    keep = _kept(logits_BV, ordered_BV, *limits)
    kept_BV = ordered_BV.masked_fill(~keep, -torch.inf)
    return torch.full_like(logits_BV, -torch.inf).scatter_(1, index_BV, kept_BV)


def _most_likely(logits_BV: Tensor) -> tuple[Tensor, Tensor]:
    """Return the greatest logits [B, K] in falling order, ties by column, and their columns."""
    index_BK = logits_BV.topk(_FEW, dim=-1, sorted=False).indices.sort(dim=-1).values
    few_BK = logits_BV.gather(1, index_BK)
    ordered_BK, place_BK = few_BK.sort(dim=-1, descending=True, stable=True)
    return ordered_BK, index_BK.gather(1, place_BK)


def _kept(
    logits_BV: Tensor,
    ordered_BK: Tensor,
    temperature_B: Tensor,
    top_k_B: Tensor,
    top_p_B: Tensor,
    min_p_B: Tensor,
) -> Tensor:
    """Return which of a row's greatest logits, in falling order, are kept."""
    scale = torch.where(temperature_B == 0, 1.0, temperature_B)[:, None]
    rank = torch.arange(ordered_BK.shape[-1], device=ordered_BK.device)
    keep = (rank < top_k_B[:, None]) | (top_k_B == 0)[:, None]
    first_BK = (ordered_BK / scale).masked_fill(~keep, -torch.inf)
    whole_B = (logits_BV / scale).logsumexp(dim=-1)
    total_B = torch.where(top_k_B > 0, first_BK.logsumexp(dim=-1), whole_B)
    probability = (first_BK - total_B[:, None]).exp()
    before = probability.cumsum(dim=-1) - probability
    keep &= (before < top_p_B[:, None]) | (top_p_B >= 1)[:, None]
    keep &= probability >= min_p_B[:, None] * probability[:, :1]
    keep[:, 0] = True
    return keep
