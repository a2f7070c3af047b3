"""What can be refused before a model is downloaded and loaded."""

from cogitate.advantage import ADVANTAGES
from cogitate.config import TrainConfig, check, need
from cogitate.sandbox import need_level
from cogitate.tasks import open_family
from cogitate.tasks.capabilities import RunsPrograms, size
from cogitate.train.data.curriculum import levels_named
from cogitate.train.workers import need_workers
from cogitate.watch import resolve


def preflight(config: TrainConfig) -> None:
    """Refuse an invalid configuration.

    Raises:
        UsageError: names the setting, the family that cannot be opened, or what the sandbox lacks.
    """
    check(config)
    need("rl.advantage", config.rl.advantage, ADVANTAGES)
    need_workers(config)
    levels_named(config.rl.levels)
    resolve(config.watch)
    for name in config.families:
        family = open_family(name, config.sandbox.level)
        if size(family, "train") == 0:
            family.generate("train", 0)  # raises the reason
        if isinstance(family, RunsPrograms):
            need_level(config.sandbox.level)
