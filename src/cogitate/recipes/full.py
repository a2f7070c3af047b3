"""Full: one reasoner that answers what is easy at once, and thinks about what is hard.

A cold start on worked solutions in many wordings, with much spelling, as most words are one token,
and on the model's own replies with an empty thought (`replies`), so that nothing is forgotten. A
drill in spelling before it, at the rate that it needs, cost a third of the facts that the model
knew. RL then finds out which questions need a thought, and how long: budgets are stated, levels
follow the learner, and of correct answers those with shorter thoughts get more.
"""

from cogitate.config import (
    ColdStartConfig,
    OptimConfig,
    RLConfig,
    RunConfig,
    TaskConfig,
    TrainConfig,
)

WEIGHTS = {
    "letter_counting": 2.0,
    "spelling": 4.0,
    "arithmetic": 2.0,
    "countdown": 2.0,
    "calendar": 1.5,
    "sorting": 1.0,
    "shortest_path": 1.0,
    "logic": 1.0,
    "word_problems": 2.0,
    "schedule": 1.0,
}
"""Of the families of reasoning."""
TASKS = tuple(
    TaskConfig(family=f"{family}:wordings=seen", weight=weight)
    for family, weight in WEIGHTS.items()
)
OWN_WORDS = tuple(
    TaskConfig(family=family, weight=weight / 5) for family, weight in WEIGHTS.items()
)
"""The families as they put their questions themselves."""
HARDER = tuple(
    TaskConfig(family=f"{family}:wordings=seen", level=level, weight=0.75)
    for family, level in (
        ("letter_counting", 5),
        ("letter_counting", 6),
        ("arithmetic", 5),
        ("arithmetic", 6),
        ("countdown", 5),
        ("sorting", 5),
        ("word_problems", 6),
    )
)
"""Levels that the families themselves seldom or never draw."""
CODE = TaskConfig(family="code", weight=1.0)
REPLIES = TaskConfig(family="replies", weight=8.0)
BUDGETS = (16, 32, 64, 128, 256, 512)


def full(*, model: str = "qwen2.5-coder-0.5b", seed: int = 0) -> TrainConfig:
    """Return the recipe: a cold start, then RL on ten families."""
    return TrainConfig(
        recipe="full",
        model=model,
        tasks=TASKS,
        seed=seed,
        cold_start=ColdStartConfig(
            tasks=(*TASKS, *OWN_WORDS, *HARDER, CODE, REPLIES),
            num_steps=1300,
            items_per_step=24,
            empty_thought_share=0.1,
            self_correction_share=0.7,
            lr=2e-4,
        ),
        rl=RLConfig(
            num_steps=150,
            groups_per_step=16,
            group_size=8,
            refill_rounds=0,
            think=max(BUDGETS),
            answer=64,
            budgets=BUDGETS,
            shorter=0.2,
            levels="adaptive",
            lr=2e-4,
        ),
        optim=OptimConfig(lora_rank=8, decay=0.5),
        run=RunConfig(checkpoint_every=20, eval_every=100, eval_n=100),
    )
