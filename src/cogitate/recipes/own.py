"""Your own task: `cogitate train own --task FILE --model M`, from a JSONL, CSV or Python file.

With worked solutions (a `thought` column, or a `demonstrate` method) a cold start teaches their
form, and RL improves on them. Without them a drill teaches the form of the answers, and RL
continues from there, without a thought unless `--rl.think` is set.
"""

from cogitate.config import (
    ColdStartConfig,
    DrillConfig,
    RLConfig,
    RunConfig,
    TaskConfig,
    TrainConfig,
)
from cogitate.errors import UsageError
from cogitate.tasks import Demonstrates, open_family


def own(task: str, *, model: str = "smollm2-135m", seed: int = 0) -> TrainConfig:
    """Return the recipe for a family's name or a path to its file."""
    thinks = has_worked_solutions(task)
    return TrainConfig(
        recipe="own",
        model=model,
        tasks=(TaskConfig(family=task),),
        seed=seed,
        drill=DrillConfig(chat=True, num_steps=0 if thinks else 60, items_per_step=32, lr=1e-4),
        cold_start=ColdStartConfig(num_steps=60, items_per_step=32, lr=2e-4),
        rl=RLConfig(
            num_steps=100,
            groups_per_step=8,
            group_size=8,
            think=96 if thinks else 0,
            answer=24,
            lr=1e-5,
        ),
        run=RunConfig(checkpoint_every=20, eval_every=20, eval_n=60),
    )


def has_worked_solutions(task: str) -> bool:
    """Return whether a family has worked solutions; True if it cannot be opened.

    The run reports the error when it opens the family.
    """
    try:
        return isinstance(open_family(task), Demonstrates)
    except UsageError:
        return True
