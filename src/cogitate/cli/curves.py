"""`cogitate evaluate --budgets`: accuracy against thinking budget, family by family."""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

from cogitate.errors import UsageError
from cogitate.evaluate import Curve, Exam, auto_budgets, trace
from cogitate.runs.opening import Opened
from cogitate.types import Family

AUTO = "auto"


def budgets_of(text: str, asked: Opened, largest: int) -> list[int]:
    """Return the budgets that an option names: numbers, or "auto" for doublings up to `largest`.

    Raises:
        UsageError: not numbers of tokens within the model's context, or fewer than two.
    """
    if text == AUTO and largest == 0:
        raise UsageError(f"--budgets {AUTO}: --think 0 leaves no budget to go up to")
    if text == AUTO:
        return auto_budgets(largest)
    words = [word.strip() for word in text.split(",") if word.strip()]
    budgets = sorted({int(word) for word in words if word.isascii() and word.isdigit()})
    if not all(word.isascii() and word.isdigit() for word in words) or len(budgets) < 2:
        raise UsageError(f"--budgets {text!r}: two or more numbers of tokens, 0,16,64, or {AUTO}")
    if budgets[-1] > asked.context:
        raise UsageError(f"--budgets: {budgets[-1]} is more than the context of {asked.context}")
    return budgets


def measure(
    asked: Opened,
    families: Mapping[str, Family],
    exam: Exam,
    budgets: list[int],
    progress: Callable[[str], Callable[[int, int], None]],
) -> dict[str, Curve]:
    """Trace the curve of each family and print it."""
    if asked.policy.tokenizer.think_open is None:
        raise UsageError(f"{asked.policy.name} was never taught to think: it has no curve")
    widest = dataclasses.replace(exam.budget, think=budgets[-1])
    sampler, tokenizer = asked.keeper(widest), asked.policy.tokenizer
    curves: dict[str, Curve] = {}
    for name, family in families.items():
        curves[name] = trace(sampler, tokenizer, family, exam, budgets, progress(name))
        print(curve_text(curves[name]))
    return curves


def curve_text(curve: Curve) -> str:
    """Return a table of one family's curve, and its three figures."""
    split, num = curve.points[0].result.split, curve.points[0].result.num_questions
    voted = any(point.voted for point in curve.points)
    lines = [
        f"{curve.family}, {split} split: the same {num} questions at each budget",
        f"  {'budget':>7}  {'strict':<22}{'thought':>8}  {'closed by itself':<18}{'cut off':<9}"
        + "vote within the budget" * voted,
    ]
    for point in curve.points:
        result = point.result
        vote = "" if point.voted is None else str(point.voted.strict)
        lines.append(
            f"  {point.budget:>7}  {result.strict!s:<22}{result.thought_tokens_mean:>8.1f}"
            f"  {point.by_itself.mean:<18.1%}{result.truncated.mean:<9.1%}{vote}"
        )
    slope = curve.scaling
    lines += [
        f"  control      {curve.control}",
        f"  scaling      {100 * slope.mean:+.2f} points per 100 tokens"
        f" [{100 * slope.low:+.2f}, {100 * slope.high:+.2f}]",
        f"  performance  {curve.performance}",
    ]
    return "\n".join(lines)


def curves_json(curves: Mapping[str, Curve]) -> dict[str, Any]:
    """Return plain JSON values of all curves."""
    return {name: curve.to_json() for name, curve in curves.items()}
