"""Your own task: `cogitate train own --task FILE --model M`, from a JSONL, CSV or Python file.

With a `thought` column (or a `demonstrate` method) a cold start teaches the shape of a worked
solution first; without, RL starts from the model as it is, and the run says so.
"""

from cogitate.config import (
    ColdStartConfig,
    RLConfig,
    RunConfig,
    TaskConfig,
    TrainConfig,
)


def own(task: str, *, model: str = "smollm2-135m", seed: int = 0) -> TrainConfig:
    """Return the recipe for a family's name or a path to its file."""
    return TrainConfig(
        recipe="own",
        model=model,
        tasks=(TaskConfig(family=task),),
        seed=seed,
        cold_start=ColdStartConfig(num_steps=60, items_per_step=32, lr=2e-4),
        rl=RLConfig(num_steps=100, groups_per_step=8, group_size=8, think=96, answer=24, lr=1e-5),
        run=RunConfig(checkpoint_every=20, eval_every=20, eval_n=60),
    )
