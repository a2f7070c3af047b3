"""Log-probabilities of given tokens without ever holding all logits.

Logits are made for a few rows at a time, forward and backward; between the two only the
probabilities are kept, in the compute dtype, or nothing where memory is short.
"""

from typing import Any

import torch
from torch import Tensor

from cogitate.models.matrix import Blocked

CHUNK = 256
"""Rows of logits at once: 256 x 49,152 fp32 are 50 MB."""


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
        logprobs = []
        normalisers = []
        for rows in _chunks(len(hidden_MD)):
            scaled = blocked.times(hidden_MD[rows], weight_VD).float()
            scaled /= temperature_M[rows, None]
            normaliser = scaled.logsumexp(dim=-1)
            logprobs.append(scaled.gather(1, targets_M[rows, None])[:, 0] - normaliser)
            normalisers.append(normaliser)
        ctx.blocked = blocked
        ctx.save_for_backward(
            hidden_MD, weight_VD, targets_M, temperature_M, torch.cat(normalisers)
        )
        return torch.cat(logprobs)

    @staticmethod
    def backward(ctx: Any, grad_M: Tensor) -> tuple[Tensor | None, ...]:
        """Return the gradients of the hidden states and, where it learns, of the matrix."""
        hidden_MD, weight_VD, targets_M, temperature_M, normaliser_M = ctx.saved_tensors
        grad_hidden = torch.empty_like(hidden_MD)
        learns = ctx.needs_input_grad[1]
        grad_weight = torch.zeros_like(weight_VD, dtype=torch.float32) if learns else None
        scale_M = grad_M / temperature_M
        for rows in _chunks(len(hidden_MD)):
            hidden = hidden_MD[rows]
            scaled = ctx.blocked.times(hidden, weight_VD).float()
            scaled /= temperature_M[rows, None]
            grad = scaled.sub_(normaliser_M[rows, None]).exp_().mul_(-scale_M[rows, None])
            grad.scatter_add_(1, targets_M[rows, None], scale_M[rows, None])
            grad = grad.to(hidden.dtype)
            grad_hidden[rows] = ctx.blocked.transposed_times(grad, weight_VD)
            if grad_weight is not None:
                grad_weight += grad.T @ hidden
        grad_weight = None if grad_weight is None else grad_weight.to(weight_VD.dtype)
        return grad_hidden, grad_weight, None, None, None


def token_logprobs(
    hidden_MD: Tensor,
    weight_VD: Tensor,
    blocked: Blocked,
    targets_M: Tensor,
    temperature_M: Tensor,
) -> Tensor:
    """Return log softmax(hidden W^T / temperature)[target], [M] in fp32."""
    return TokenLogprobs.apply(  # pyright: ignore[reportReturnType]
        hidden_MD, weight_VD, blocked, targets_M, temperature_M
    )


def _chunks(size: int) -> list[slice]:
    return [slice(start, min(start + CHUNK, size)) for start in range(0, size, CHUNK)]
