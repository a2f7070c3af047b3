"""Your own task: `cogitate train own --task FILE --model M`, from a JSONL, CSV or Python file.

With worked solutions (a `thought` column, or a `demonstrate` method) a cold start teaches their
form, and RL improves on them. Without them a drill teaches the form of the answers, and RL
continues from there, without a thought unless `--rl.think` is set. References of programs are
worked solutions without thoughts.
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
from cogitate.tasks.capabilities import WithoutThoughts


def own(task: str, *, model: str = "smollm2-135m", seed: int = 0) -> TrainConfig:
    """Return the recipe for a family's name or a path to its file."""
    has_solutions, thinks = worked_solutions(task)
    return TrainConfig(
        recipe="own",
        model=model,
        tasks=(TaskConfig(family=task),),
        seed=seed,
        drill=DrillConfig(
            chat=True, num_steps=0 if has_solutions else 60, items_per_step=32, lr=1e-4
        ),
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


def worked_solutions(task: str) -> tuple[bool, bool]:
    """Return whether a family has worked solutions, and whether these have thoughts.

    Both are True if it cannot be opened: the run reports the error when it opens the family.
    """
    try:
        family = open_family(task)
    except UsageError:
        return True, True
    has_solutions = isinstance(family, Demonstrates)
    return has_solutions, has_solutions and not isinstance(family, WithoutThoughts)
