"""Training: drill, cold start and reinforcement learning in one loop (see `loop`)."""

from cogitate.train.dry_run import dry_run
from cogitate.train.loop import train

__all__ = ["dry_run", "train"]
