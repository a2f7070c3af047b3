"""The batch of one update, with its metrics and records."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cogitate.types import Datum


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Groups of data, with metrics and records of their rollouts.

    Example: Batch(groups=[[Datum(...)] * 8] * 8, metrics={"reward": 0.4}, records=[...])
    """

    groups: Sequence[Sequence[Datum]]
    """Data of one group share their prompt; empty if no group had signal."""
    metrics: Mapping[str, float]
    records: Sequence[Mapping[str, Any]] = field(default_factory=list)
    """One per verified rollout, as JSON values."""
    levels: Mapping[str, Any] | None = None
    """What the curriculum knew once it was sampled; others may have been sampled since."""

    @property
    def num_tokens(self) -> int:
        """Number of completion tokens that enter the loss."""
        return sum(
            weight != 0 for group in self.groups for datum in group for weight in datum.weights
        )


def learned(prompt: tuple[int, ...], completion: tuple[int, ...]) -> Datum:
    """Return a datum whose completion is learned, with weight 1 for each token.

    Example: learned((5, 6), (7, 2)).weights -> (1.0, 1.0)
    """
    return Datum(prompt=prompt, completion=completion, weights=(1.0,) * len(completion))
