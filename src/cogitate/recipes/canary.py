"""The canary: a tiny model from nothing that has to learn, in under half a minute a run.

A short cold start leaves it spelling a few short words; RL on its own attempts must then raise
its accuracy on words that it never saw. If this stops working, learning is broken.
"""

from cogitate.config import (
    ColdStartConfig,
    OptimConfig,
    RLConfig,
    RunConfig,
    TaskConfig,
    TrainConfig,
)


def canary(*, model: str = "nano", seed: int = 0) -> TrainConfig:
    """Return the recipe: short words, letter by letter, answered at once."""
    return TrainConfig(
        recipe="canary",
        model=model,
        tasks=(TaskConfig(family="spelling", level=1),),
        seed=seed,
        cold_start=ColdStartConfig(num_steps=150, items_per_step=64, lr=3e-3),
        rl=RLConfig(num_steps=60, groups_per_step=8, group_size=8, think=0, answer=16, lr=1e-3),
        optim=OptimConfig(decay=0.3),
        run=RunConfig(
            checkpoint_every=50,
            eval_every=50,
            eval_n=200,
            no_signal_steps=20,
            dtype="fp32",
            trackers=(),
        ),
    )
