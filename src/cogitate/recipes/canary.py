"""The canary: a test that a tiny new model learns by RL, in under half a minute.

After a cold start of a few steps one rollout in ten is correct. RL on its own rollouts must then
raise that on held-out words. If it does not, learning is broken.
"""

from cogitate.config import (
    ColdStartConfig,
    OptimConfig,
    RLConfig,
    RunConfig,
    TaskConfig,
    TrainConfig,
    WatchConfig,
)


def canary(*, model: str = "new-nano", seed: int = 0) -> TrainConfig:
    """Return the recipe: a tiny new model finds a letter in a word."""
    return TrainConfig(
        recipe="canary",
        model=model,
        tasks=(TaskConfig(family="letter_finding", level=1),),
        seed=seed,
        cold_start=ColdStartConfig(num_steps=28, items_per_step=32, lr=1e-3),
        rl=RLConfig(num_steps=50, groups_per_step=8, group_size=8, think=3, answer=3, lr=4e-4),
        optim=OptimConfig(decay=0.3),
        run=RunConfig(
            checkpoint_every=25,
            eval_every=25,
            eval_n=200,
            dtype="fp32",
            trackers=(),
        ),
        watch=WatchConfig(thresholds={"no_signal_steps": 20.0}),
    )
