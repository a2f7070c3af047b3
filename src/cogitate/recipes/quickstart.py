"""Quickstart: RL of the mini from its shipped base, in minutes.

The base knows the steps of a solution but mostly answers at once. RL teaches it to think.
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
        pretrain=PretrainConfig(items_per_step=64, lr=2e-3),  # as in runs without the phase
        cold_start=ColdStartConfig(),
        rl=replace(config.rl, num_steps=100),
        run=replace(config.run, checkpoint_every=25, eval_every=25, eval_n=120),
    )
