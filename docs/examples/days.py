"""Prints 200 questions about days of the week, with worked solutions, as JSONL.

python docs/examples/days.py > days.jsonl
"""

import json
from random import Random

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def row(today: int, num_days: int) -> dict[str, str]:
    """Return one question: whole weeks change nothing, the days that are left are counted off."""
    weeks, left = divmod(num_days, 7)
    steps = [DAYS[(today + step) % 7] for step in range(1, left + 1)]
    counted = f" {', '.join(steps)}." if steps else " The same day."
    return {
        "question": f"Today is {DAYS[today]}. Which day is it in {num_days} days?",
        "answer": DAYS[(today + num_days) % 7],
        "thought": f" {num_days} is {weeks} x 7 + {left}.{counted}",
    }


if __name__ == "__main__":
    rows = [row(today, num_days) for today in range(7) for num_days in range(1, 31)]
    for chosen in Random(0).sample(rows, 200):
        print(json.dumps(chosen))
