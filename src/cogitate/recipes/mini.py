"""Mini: a small reasoning model trained from nothing, which can search, plan and calculate.

Pre-training on worked solutions teaches the steps. SFT on examples that are mostly the answer
alone gives a base that mostly does not think. RL then teaches it to think, within stated budgets
and at adaptive levels.
"""

from dataclasses import dataclass

from cogitate.config import (
    ColdStartConfig,
    OptimConfig,
    PretrainConfig,
    RLConfig,
    RunConfig,
    TaskConfig,
    TrainConfig,
    need,
)

TASKS = (
    TaskConfig(family="countdown", weight=3.0),
    TaskConfig(family="arithmetic", weight=3.0),
    TaskConfig(family="calendar", weight=2.0),
)
SHOWN = (
    *TASKS,
    TaskConfig(family="calendar", weight=0.5, level=5),
    TaskConfig(family="calendar", weight=1.0, level=6),
    TaskConfig(family="outside", weight=1.5),
    *(TaskConfig(family=f"{part.family}:wordings=seen", weight=part.weight / 6) for part in TASKS),
)
"""Tasks of SFT: with clocks turned back and dates, the levels that RL proceeds to; with what is
none of its families, so that it says so, and its families in other words, which are no sign of
that."""
VOCABULARY = 512
"""Tokens: texts are half as long as in bytes, and each token is still frequent."""
BUDGETS = (16, 32, 64, 128, 256)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Settings that depend on the model's size.

    Example: Scale(num_steps=5000, terse_steps=4000, items_per_step=48, lr=5e-3, rl_steps=150,
    rl_lr=2e-4)
    """

    num_steps: int
    terse_steps: int
    items_per_step: int
    lr: float
    rl_steps: int
    rl_lr: float


SCALES = {
    "nano": Scale(
        num_steps=1500, terse_steps=150, items_per_step=64, lr=3e-3, rl_steps=60, rl_lr=4e-4
    ),
    "mini": Scale(
        num_steps=5000, terse_steps=4000, items_per_step=48, lr=5e-3, rl_steps=150, rl_lr=2e-4
    ),
}


def mini(*, size: str = "mini", seed: int = 0) -> TrainConfig:
    """Return the recipe: pre-training from nothing, SFT, then RL within stated budgets."""
    need("--size", size, SCALES)
    scale = SCALES[size]
    return TrainConfig(
        recipe="mini",
        model=f"new-{size}",
        tasks=TASKS,
        seed=seed,
        pretrain=PretrainConfig(
            vocabulary=VOCABULARY,
            num_steps=scale.num_steps,
            items_per_step=scale.items_per_step,
            empty_thought_share=1.0,
            lr=scale.lr,
        ),
        cold_start=ColdStartConfig(
            tasks=SHOWN,
            num_steps=scale.terse_steps,
            items_per_step=scale.items_per_step,
            empty_thought_share=0.6,
            lr=scale.lr / 4,
        ),
        rl=RLConfig(
            num_steps=scale.rl_steps,
            groups_per_step=16,
            group_size=8,
            think=max(BUDGETS),
            answer=40,
            budgets=BUDGETS,
            levels="adaptive",
            lr=scale.rl_lr,
        ),
        optim=OptimConfig(decay=0.7, weight_decay=0.1, muon=True),
        run=RunConfig(checkpoint_every=500, eval_every=1000, eval_n=280),
    )
