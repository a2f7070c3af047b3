"""Efforts and numbers to a `Budget`: an effort is a fraction of the model's context.

"low" with a context of 8,192 tokens is at most 512 thought tokens. The largest effort leaves room
for the prompt and the answer.
"""

import difflib
import math
import re
from collections.abc import Sequence
from dataclasses import replace

from cogitate.errors import UsageError
from cogitate.types import Budget, Speed

_SECONDS = re.compile(r"(\d+\.?\d*|\.\d+)\s*(ms|s|)")

LAST_S = 0.02
"""Seconds of a deadline reserved for handing the answer over."""

FEW = 4
"""Least room in tokens for a thought under a deadline: after one to three tokens of thought,
answers continue it, after none they do not (LOG.md)."""

EFFORTS: dict[str, float] = {
    "none": 0.0,
    "minimal": 1 / 64,
    "low": 1 / 16,
    "medium": 1 / 4,
    "high": 1 / 2,
    "xhigh": 3 / 4,
    "max": 7 / 8,
}
"""Most thought tokens of each effort, as a fraction of the context."""


def parse_think(text: str, context: int) -> int:
    """Return the most thought tokens of an effort or a number.

    parse_think("low", 8192) -> 512; parse_think("96", 8192) -> 96

    Raises:
        UsageError: `text` is neither an effort nor an integer from 0 to the context.
    """
    word = text.strip().lower()
    if word in EFFORTS:
        return int(EFFORTS[word] * context)
    if not (word.isascii() and word.isdigit()):
        raise UsageError(f"--think {text!r} is neither a number of tokens nor {_known(word)}")
    if int(word) > context:
        raise UsageError(f"--think {word} is more than the model's context of {context} tokens")
    return int(word)


def parse_budget(think: str, context: int, answer: int | None = None) -> Budget:
    """Return the budget of an effort or a number, with an answer limit in tokens.

    parse_budget("none", 8192, 64) -> Budget(think=0, answer=64)

    Raises:
        UsageError: see `parse_think`; or the answer limit is below 1.
    """
    if answer is not None and answer < 1:
        raise UsageError(f"an answer takes 1 or more tokens, not {answer}")
    return Budget(think=parse_think(think, context), answer=answer)


def parse_seconds(text: str, option: str = "--deadline") -> float:
    """Return the seconds of a deadline; `option` names it in errors.

    parse_seconds("5s") -> 5.0; parse_seconds("250ms") -> 0.25; parse_seconds("2") -> 2.0

    Raises:
        UsageError: it is not a time above 0.
    """
    found = _SECONDS.fullmatch(text.strip().lower())
    seconds = float(found[1]) * (0.001 if found[2] == "ms" else 1) if found else 0.0
    if seconds <= 0:
        raise UsageError(f"{option} {text!r} is not a time above 0, such as 5s or 250ms")
    return seconds


def think_within(speed: Speed, seconds: float, answer: int | None = None) -> int:
    """Return the thought tokens that a deadline leaves time for; 0 if below `FEW`.

    think_within(Speed(tokens_per_s=100.0, answer=16), 1.0) -> 81

    Args:
        speed: that of a single request.
        seconds: the deadline.
        answer: the most answer tokens.
    """
    kept = 1 + min(speed.answer, answer or speed.answer)
    room = int((seconds - LAST_S - speed.prompt_s) * speed.tokens_per_s) - kept
    return room if room >= FEW else 0


UNMEASURED = Speed()


def with_stated(budget: Budget, taught: Sequence[int], speed: Speed) -> Budget:
    """Return a budget with the one stated to the model: the largest trained one that fits.

    Under a deadline it is the trained budget nearest to the tokens that there is time for, since
    measured speeds vary. The thought is then limited to the largest trained budget: longer ones
    are out of distribution. To a model trained without budgets its own budget is stated.

    with_stated(Budget(think=500), (64, 256), UNMEASURED) -> Budget(think=500, stated=256)
    with_stated(Budget(think=500, deadline_s=1.0), (64, 256), Speed(tokens_per_s=150.0)) ->
    Budget(think=256, deadline_s=1.0, stated=64)
    """
    think = math.inf if budget.think is None else budget.think
    fitting = [known for known in taught if 0 < known <= think]
    if budget.deadline_s is None or not fitting:
        return replace(budget, stated=max(fitting, default=budget.think))
    within = think_within(speed, budget.deadline_s, budget.answer) or FEW
    stated = min(fitting, key=lambda known: abs(math.log(known / within)))
    longest = max(*taught, budget.min_think)
    return replace(budget, think=int(min(think, longest)), stated=stated)


def _known(word: str) -> str:
    near = difflib.get_close_matches(word, EFFORTS, n=1)
    if near:
        return f"an effort; did you mean {near[0]}?"
    return f"one of {', '.join(EFFORTS)}"
