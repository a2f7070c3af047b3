"""Quickstart: RL of the mini from its shipped base, in minutes.

The base mostly answers at once, as people mostly write. It knows the steps; that they pay is
what it finds out.
"""

from dataclasses import replace

from cogitate.config import ColdStartConfig, PretrainConfig, TrainConfig
from cogitate.recipes.mini import mini


def quickstart(*, seed: int = 0) -> TrainConfig:
    """Return the RL of the recipe `mini`, from the base in the package."""
    config = mini(seed=seed)
    return replace(
        config,
        recipe="quickstart",
        model="mini-base",
        pretrain=PretrainConfig(items_per_step=64, lr=2e-3),  # those of a run without the phase
        cold_start=ColdStartConfig(),
        rl=replace(config.rl, num_steps=100),
        run=replace(config.run, checkpoint_every=25, eval_every=25, eval_n=120),
    )
