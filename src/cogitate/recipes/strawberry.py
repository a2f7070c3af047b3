"""The house test: how many r's are in strawberry?

Spelling is the bottleneck: most words are one token, whose letters the model has hardly seen.
So words are spelled in bulk first, then letters are counted aloud, then RL makes it reliable.
"""

from cogitate.config import (
    ColdStartConfig,
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
            tasks=(TaskConfig(family="spelling"),), num_steps=200, items_per_step=160, lr=4e-4
        ),
        cold_start=ColdStartConfig(num_steps=60, items_per_step=64, lr=2e-4),
        rl=RLConfig(num_steps=80, groups_per_step=8, group_size=8, think=72, answer=8, lr=2e-5),
        run=RunConfig(checkpoint_every=20, eval_every=20, eval_n=200),
    )
