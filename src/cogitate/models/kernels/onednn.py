"""Products with weights in oneDNN's layout, which has AMX tiles where the processor has them."""

from functools import cache

import torch
from torch import Tensor

_ROWS = 64
"""Rows of input for which the layout is chosen; measured to be good for 1 to 4,096."""


def serves(weight: Tensor) -> bool:
    """Return whether a weight can be put in this layout."""
    return weight.device.type == "cpu" and has(weight.dtype)


@cache
def has(dtype: torch.dtype) -> bool:
    """Return whether oneDNN is there and the processor multiplies `dtype`."""
    if not torch.backends.mkldnn.is_available():
        return False
    return dtype == torch.float32 or (
        dtype == torch.bfloat16 and torch.ops.mkldnn._is_mkldnn_bf16_supported()
    )


@torch.no_grad()
def blocked(weight: Tensor) -> Tensor:
    """Return a weight [out, in] in the layout."""
    return torch.ops.mkldnn._reorder_linear_weight(weight, _ROWS)


def times(x_NI: Tensor, weight: Tensor) -> Tensor:
    """Return x W^T [N, out], for a `blocked` weight."""
    return torch.ops.mkldnn._linear_pointwise(x_NI, weight, None, "none", [], "")
