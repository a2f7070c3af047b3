"""AdamW and Muon, with the gradient clipped."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass(frozen=True, slots=True, kw_only=True)
class Optimiser:
    """Settings of AdamW (arXiv 1711.05101), of Muon, and of gradient clipping.

    Example: Optimiser(betas=(0.9, 0.95), weight_decay=0.0, clip=1.0)
    """

    betas: tuple[float, float] = (0.9, 0.95)
    weight_decay: float = 0.0
    """Applies to matrices only, not to norms and biases."""
    clip: float = 1.0
    """Largest global norm of the gradient."""
    muon: bool = False
    """Update the layers' matrices by Muon (https://kellerjordan.github.io/posts/muon), scaled to
    AdamW's step size (arXiv 2502.16982, section 2.2); all else by AdamW."""


def optimisers(
    masters: Mapping[str, nn.Parameter], settings: Optimiser
) -> dict[str, torch.optim.Optimizer]:
    """Return the optimisers, under their names in a checkpoint."""
    layered = {n for n, m in masters.items() if n.startswith("layers.") and m.dim() == 2}
    orthogonal = layered if settings.muon else set[str]()
    others = [master for name, master in masters.items() if name not in orthogonal]
    found: dict[str, torch.optim.Optimizer] = {"adam": adam(others, settings)}
    if orthogonal:
        found["muon"] = torch.optim.Muon(
            [masters[name] for name in sorted(orthogonal)],
            weight_decay=settings.weight_decay,
            adjust_lr_fn="match_rms_adamw",
        )
    return found


def adam(masters: Iterable[nn.Parameter], settings: Optimiser) -> torch.optim.AdamW:
    """Return AdamW, with weight decay for matrices alone."""
    masters = list(masters)
    return torch.optim.AdamW(
        [
            {
                "params": [master for master in masters if master.dim() > 1],
                "weight_decay": settings.weight_decay,
            },
            {"params": [master for master in masters if master.dim() <= 1], "weight_decay": 0.0},
        ],
        betas=settings.betas,
        fused=True,
    )


def stepped(optimisers: Iterable[torch.optim.Optimizer], norm: Tensor, lr: float) -> bool:
    """Step once at `lr`, unless the gradient's norm is not finite; return whether."""
    if not math.isfinite(norm):
        return False
    for optimiser in optimisers:
        for group in optimiser.param_groups:
            group["lr"] = lr
        optimiser.step()
    return True
