"""Print prompts for real questions, as JSON: `questions.py MODEL FAMILIES N TELL SEED`."""

import json
import sys

from cogitate import models
from cogitate.prompt import prompt_tokens
from cogitate.tasks import load_family
from cogitate.types import Budget


def main() -> None:
    model, families, num, tell, seed = sys.argv[1:]
    tokenizer = models.load(model).tokenizer
    chosen = [load_family(name) for name in families.split(",")]
    first = int(seed) * int(num)
    questions = [
        chosen[i % len(chosen)].generate("train", first + i).question for i in range(int(num))
    ]
    budget = Budget(think=int(tell))
    prompts = [prompt_tokens(tokenizer, question, budget) for question in questions]
    print(json.dumps([tokenizer.decode(ids, skip_special=False) for ids in prompts]))


main()
