"""Training: drill, cold start and reinforcement learning in one loop (see `loop`)."""

import sys

from cogitate.train.dry_run import dry_run
from cogitate.train.loop import train
from cogitate.train.preflight import preflight
from cogitate.verbs import Verb

__all__ = ["dry_run", "preflight", "train"]

sys.modules[__name__].__class__ = Verb  # `cogitate.train(...)`
