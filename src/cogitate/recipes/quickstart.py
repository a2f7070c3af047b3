"""Minutes to a first result: RL on the mini base that comes with the package."""

from dataclasses import replace

from cogitate.config import PretrainConfig, TrainConfig
from cogitate.recipes.mini import mini


def quickstart(*, seed: int = 0) -> TrainConfig:
    """Return the recipe: the RL of `mini`, in few steps, on the base that its pre-training made."""
    config = mini(seed=seed)
    return replace(
        config,
        recipe="quickstart",
        model="mini-base",
        pretrain=PretrainConfig(),
        rl=replace(config.rl, num_steps=60),
        run=replace(config.run, checkpoint_every=20, eval_every=20),
    )
