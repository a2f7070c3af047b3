"""Weights must be numbers: NaN and infinity are refused where they are read or written."""

import torch
from torch import Tensor

from cogitate.errors import ModelError


def finite(name: str, weight: Tensor) -> Tensor:
    """Return a weight that holds finite numbers alone.

    A sum is finite only where all its terms are, and costs one pass over the memory; it may
    also overflow, so that only then each number is looked at.

    Raises:
        ModelError: some are not; it names the tensor and how many.
    """
    if not torch.isfinite(weight.detach().sum()):
        num_bad = weight.numel() - int(torch.isfinite(weight).sum())
        if num_bad:
            raise ModelError(
                f"{name} is broken: {num_bad} of its {weight.numel()} values are NaN or infinite"
                f" in {str(weight.dtype).removeprefix('torch.')}"
            )
    return weight
