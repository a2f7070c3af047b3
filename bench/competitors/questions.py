"""Print prompts for real questions, as JSON: `questions.py MODEL FAMILIES N SEED`.

They are much like what the recipe `mini` asks once its policy is good: each family in turn, at
levels from 2 to 5, with one of the budgets stated.
"""

import json
import random
import sys

from cogitate import models
from cogitate.prompt import prompt_tokens
from cogitate.recipes.mini import BUDGETS
from cogitate.tasks import load_family, num_levels
from cogitate.types import Budget

LEVELS = (2, 3, 4, 5)


def main() -> None:
    model, families, num, seed = sys.argv[1:]
    tokenizer = models.load(model).tokenizer
    if not tokenizer.tells_budget:
        sys.exit(f"--questions: {model} was not taught to think within a stated budget")
    chosen = [load_family(name) for name in families.split(",")]
    source = random.Random(int(seed))
    prompts: list[str] = []
    for number in range(int(num)):
        family = chosen[number % len(chosen)]
        level = min(source.choice(LEVELS), num_levels(family))
        task = family.generate("train", source.randrange(10**6), level)
        ids = prompt_tokens(tokenizer, task.question, Budget(think=source.choice(BUDGETS)))
        prompts.append(tokenizer.decode(ids, skip_special=False))
    print(json.dumps(prompts))


main()
