"""NaN and infinity are refused when weights are read or written."""

import torch
from torch import Tensor

from cogitate.errors import ModelError


def finite(name: str, weight: Tensor) -> Tensor:
    """Return the weight if all its values are finite.

    The sum is finite only if all terms are, and takes one pass over the memory. It may also
    overflow; only then each value is checked.

    Raises:
        ModelError: some values are not finite; names the tensor and their number.
    """
    if not torch.isfinite(weight.detach().sum()):
        num_bad = weight.numel() - int(torch.isfinite(weight).sum())
        if num_bad:
            raise ModelError(
                f"{name} is broken: {num_bad} of its {weight.numel()} values are NaN or infinite"
                f" in {str(weight.dtype).removeprefix('torch.')}"
            )
    return weight
