"""Lenient comparison: does the answer contain the target? Reported, never rewarded."""

import re

from cogitate.types import Task
from cogitate.verify.strict import canonical, is_number, same

_NUMBER = re.compile(r"(?<![\w.])[+-]?\d[\d,]*(?:\.\d+)?(?!\w)")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")


def lenient(task: Task, answer: str) -> bool:
    """Return whether the target is the answer's last number, or occurs in it as whole words.

    Example: for the target "3", "There are 3 r's." -> True; "3 or 4" -> False
    """
    if same(task.target, answer):
        return True
    target, answer = canonical(task.target), canonical(answer)
    if is_number(target):
        numbers = _NUMBER.findall(_THOUSANDS.sub("", answer))
        return bool(numbers) and same(target, numbers[-1].rstrip(","))
    return bool(target) and bool(re.search(rf"(?<!\w){re.escape(target)}(?!\w)", answer))
