"""Code: tests in, a module out; a failing program and its error in, a correction out.

RL of a LoRA adapter, with reward 1 where hidden tests pass, from the model's own way to write. A
cold start on references, which are short, costs 15 points of HumanEval (docs/log/2026-11-code.md).
`modules` are written by hand in the style of everyday ones; `code` and `bugfix` have no end.
"""

from cogitate.config import (
    OptimConfig,
    RLConfig,
    RunConfig,
    TaskConfig,
    TrainConfig,
)


def code(*, model: str = "qwen2.5-coder-0.5b", seed: int = 0) -> TrainConfig:
    """Return the recipe: test files, docstrings and bugs."""
    return TrainConfig(
        recipe="code",
        model=model,
        tasks=(
            TaskConfig(family="modules", weight=2.0),
            TaskConfig(family="code", weight=1.0),
            TaskConfig(family="bugfix", weight=1.0),
        ),
        seed=seed,
        rl=RLConfig(
            num_steps=100,
            groups_per_step=16,
            group_size=8,
            refill_rounds=0,  # refills come one after the other, with few rows at work
            think=0,
            answer=320,
            lr=1e-4,
        ),
        optim=OptimConfig(lora_rank=8, decay=0.3),
        run=RunConfig(checkpoint_every=10, eval_every=25, eval_n=60),
    )
