"""Letter counting: how many r's are in strawberry?

Spelling is the bottleneck: most words are one token, whose letters the model has hardly seen. A
drill first teaches to spell many words. Worked solutions then show two ways to count letters, and
RL learns which of them to use.
"""

from cogitate.config import (
    ColdStartConfig,
    DrillConfig,
    OptimConfig,
    RLConfig,
    RunConfig,
    TaskConfig,
    TrainConfig,
)


def strawberry(*, model: str = "smollm2-135m", seed: int = 0) -> TrainConfig:
    """Return the recipe: a drill in spelling, then cold start and RL on letter counting."""
    return TrainConfig(
        recipe="strawberry",
        model=model,
        tasks=(TaskConfig(family="letter_counting"),),
        seed=seed,
        drill=DrillConfig(
            tasks=(TaskConfig(family="spelling"),),
            num_steps=740,
            items_per_step=48,
            items_per_row=8,
            lr=4e-4,
        ),
        cold_start=ColdStartConfig(
            num_steps=190, items_per_step=24, self_correction_share=0.4, lr=4e-4
        ),
        rl=RLConfig(num_steps=45, groups_per_step=8, group_size=8, think=96, answer=4, lr=6e-5),
        optim=OptimConfig(frozen_embedding=True, decay=0.7),
        run=RunConfig(checkpoint_every=120, eval_every=60, eval_n=200),
    )
