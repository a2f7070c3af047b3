"""Effort and numbers to a `Budget`: effort is a fraction of the model's context.

The same words serve a small context and a large one: "low" on 8,192 positions thinks for at
most 512 tokens. What the largest effort leaves free is kept for the prompt and the answer.
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
"""Of a deadline, left for handing the answer over."""

FEW = 4
"""Tokens that a thought under a deadline has to have room for: behind one to three, answers go on
thinking, behind none they do not (LOG.md)."""

EFFORTS: dict[str, float] = {
    "none": 0.0,
    "minimal": 1 / 64,
    "low": 1 / 16,
    "medium": 1 / 4,
    "high": 1 / 2,
    "xhigh": 3 / 4,
    "max": 7 / 8,
}
"""Fraction of the context that each effort may think for."""


def parse_think(text: str, context: int) -> int:
    """Return the thought tokens at most that an effort or a number stands for.

    parse_think("low", 8192) -> 512; parse_think("96", 8192) -> 96

    Raises:
        UsageError: neither an effort nor a whole number of tokens from 0 to the context.
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
    """
    if answer is not None and answer < 1:
        raise UsageError(f"an answer takes 1 or more tokens, not {answer}")
    return Budget(think=parse_think(think, context), answer=answer)


def parse_seconds(text: str, option: str = "--deadline") -> float:
    """Return the seconds of a deadline; `option` is where it was given.

    parse_seconds("5s") -> 5.0; parse_seconds("250ms") -> 0.25; parse_seconds("2") -> 2.0

    Raises:
        UsageError: it is no time above 0.
    """
    found = _SECONDS.fullmatch(text.strip().lower())
    seconds = float(found[1]) * (0.001 if found[2] == "ms" else 1) if found else 0.0
    if seconds <= 0:
        raise UsageError(f"{option} {text!r} is no time above 0, such as 5s or 250ms")
    return seconds


def think_within(speed: Speed, seconds: float, answer: int | None = None) -> int:
    """Return the thought tokens for which a deadline leaves time; few are none.

    think_within(Speed(tokens_per_s=100.0, answer=16), 1.0) -> 81

    Args:
        speed: of a request alone.
        seconds: of the deadline.
        answer: tokens that the answer may have at most.
    """
    kept = 1 + min(speed.answer, answer or speed.answer)
    room = int((seconds - LAST_S - speed.prompt_s) * speed.tokens_per_s) - kept
    return room if room >= FEW else 0


UNMEASURED = Speed()


def with_stated(budget: Budget, taught: Sequence[int], speed: Speed) -> Budget:
    """Return a budget with what the model is told of it: the largest that it was taught and fits.

    Of a deadline that is the one nearest to the tokens that it leaves time for, since no two
    measurements of a speed are the same; and however late it is, the thought is no longer than any
    that was taught: past that it rambles, and its answer with it. A model that was taught none is
    told its own.

    with_stated(Budget(think=500), (64, 256), UNMEASURED) -> Budget(think=500, stated=256)
    with_stated(Budget(think=500, deadline_s=1.0), (64, 256), Speed(tokens_per_s=150.0)) ->
    Budget(think=256, deadline_s=1.0, stated=64)
    """
    think = math.inf if budget.think is None else budget.think
    fitting = [known for known in taught if 0 < known <= think]
    if budget.deadline_s is None or not fitting:
        return replace(budget, stated=max(fitting, default=budget.think))
    within = think_within(speed, budget.deadline_s, budget.answer) or FEW
    told = min(fitting, key=lambda known: abs(math.log(known / within)))
    longest = max(*taught, budget.min_think)
    return replace(budget, think=int(min(think, longest)), stated=told)


def _known(word: str) -> str:
    near = difflib.get_close_matches(word, EFFORTS, n=1)
    if near:
        return f"an effort; did you mean {near[0]}?"
    return f"one of {', '.join(EFFORTS)}"
