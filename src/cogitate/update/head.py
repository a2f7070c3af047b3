"""Log-probabilities of given tokens, without fp32 logits of a whole batch.

Logits are computed in fp32 for a few rows at a time. The backward pass needs only the
probabilities, which are kept in the compute dtype, so that nothing is computed twice.
"""

from typing import Any

import torch
from torch import Tensor

from cogitate.models.kernels import native
from cogitate.models.kernels.matrix import Blocked

CHUNK = 128
"""Rows of fp32 logits at once: 128 x 49,152 are 25 MB, which fit the processor's cache."""
GPU_CHUNK = 1024
"""The same on a GPU, which needs more work at once."""


class TokenLogprobs(torch.autograd.Function):
    """log softmax(hidden W^T / temperature)[target], row by row."""

    @staticmethod
    def forward(
        ctx: Any,
        hidden_MD: Tensor,
        weight_VD: Tensor,
        blocked: Blocked,
        targets_M: Tensor,
        temperature_M: Tensor,
    ) -> Tensor:
        """Return log-probabilities [M] in fp32."""
        size, vocabulary = len(hidden_MD), len(weight_VD)
        keeps = any(ctx.needs_input_grad)
        kept_MV = hidden_MD.new_empty(size if keeps else 0, vocabulary)
        logprob_M = hidden_MD.new_empty(size, dtype=torch.float32)
        chunk = CHUNK if hidden_MD.device.type == "cpu" else GPU_CHUNK
        for start in range(0, size, chunk):
            rows = slice(start, min(start + chunk, size))
            logits = blocked.precise_times(hidden_MD[rows], weight_VD)
            kept = kept_MV[rows] if keeps else None
            logprob_M[rows] = score(logits, temperature_M[rows], targets_M[rows], kept)
        ctx.blocked = blocked
        ctx.save_for_backward(hidden_MD, weight_VD, targets_M, temperature_M, kept_MV)
        return logprob_M

    @staticmethod
    def backward(ctx: Any, grad_M: Tensor) -> tuple[Tensor | None, ...]:
        """Return the gradients of the hidden states and, if required, of the matrix."""
        hidden_MD, weight_VD, targets_M, temperature_M, probability_MV = ctx.saved_tensors
        scale_M1 = (grad_M / temperature_M).to(hidden_MD.dtype)[:, None]
        grad_MV = probability_MV.mul_(-scale_M1).scatter_add_(1, targets_M[:, None], scale_M1)
        grad_hidden = ctx.blocked.transposed_times(grad_MV, weight_VD)
        grad_weight = grad_MV.T @ hidden_MD if ctx.needs_input_grad[1] else None
        return grad_hidden, grad_weight, None, None, None


def score(
    logits_NV: Tensor, temperature_N: Tensor, targets_N: Tensor, kept_NV: Tensor | None
) -> Tensor:
    """Return log softmax(logits / temperature)[target] [N]; write probabilities to `kept_NV`.

    The logits, fp32, are overwritten.
    """
    kept = logits_NV if kept_NV is None else kept_NV
    if native.supports(logits_NV, lanes=1) and native.supports(kept, lanes=1):
        return native.score(logits_NV, temperature_N, targets_N, kept_NV)
    logits_NV /= temperature_N[:, None]
    logits_NV -= logits_NV.amax(dim=-1, keepdim=True)
    target = logits_NV.gather(1, targets_N[:, None])[:, 0]
    total = logits_NV.exp_().sum(dim=-1)
    if kept_NV is not None:
        kept_NV.copy_(logits_NV.div_(total[:, None]))
    return target - total.log()


def token_logprobs(
    hidden_MD: Tensor,
    weight_VD: Tensor,
    blocked: Blocked,
    targets_M: Tensor,
    temperature_M: Tensor,
) -> Tensor:
    """Return log softmax(hidden W^T / temperature)[target], [M] in fp32; one backward pass."""
    if not torch.is_grad_enabled():  # which `forward` cannot see: it would keep probabilities
        hidden_MD, weight_VD = hidden_MD.detach(), weight_VD.detach()
    return TokenLogprobs.apply(  # pyright: ignore[reportReturnType]
        hidden_MD, weight_VD, blocked, targets_M, temperature_M
    )
