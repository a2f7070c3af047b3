"""The house test: how many r's are in strawberry?

Spelling is the bottleneck: most words are one token, whose letters the model has hardly seen.
So words are spelled in bulk first, then letters are counted aloud, then RL makes it reliable.
"""

from cogitate.config import (
    ColdStartConfig,
    OptimConfig,
    PracticeConfig,
    RLConfig,
    RunConfig,
    TaskConfig,
    TrainConfig,
)


def strawberry(*, model: str = "smollm2-135m", seed: int = 0) -> TrainConfig:
    """Return the recipe: practice of spelling, cold start, RL on letter counting."""
    return TrainConfig(
        recipe="strawberry",
        model=model,
        tasks=(TaskConfig(family="letter_counting"),),
        seed=seed,
        practice=PracticeConfig(
            tasks=(TaskConfig(family="spelling"),), num_steps=290, items_per_step=150, lr=5e-4
        ),
        cold_start=ColdStartConfig(num_steps=60, items_per_step=48, lr=4e-4),
        rl=RLConfig(num_steps=45, groups_per_step=8, group_size=8, think=48, answer=4, lr=3e-5),
        optim=OptimConfig(frozen_embedding=True, decay=0.7),
        run=RunConfig(checkpoint_every=40, eval_every=60, eval_n=200),
    )
