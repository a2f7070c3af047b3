"""`cogitate evaluate --deadlines`: accuracy at deadlines in seconds, family by family."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from cogitate.budget import parse_seconds, with_stated
from cogitate.errors import UsageError
from cogitate.evaluate import AtDeadline, Exam, at_deadline
from cogitate.prompt import usual_answer
from cogitate.runs.opening import Opened
from cogitate.types import Family


def deadlines_of(text: str) -> list[float]:
    """Return the seconds that an option names, in order: "2s,500ms" -> [0.5, 2.0].

    Raises:
        UsageError: one of them is no time, or there are none.
    """
    found = sorted({parse_seconds(word, "--deadlines") for word in text.split(",") if word.strip()})
    if not found:
        raise UsageError("--deadlines: name some, such as 500ms,1s,2s")
    return found


def measure(
    opened: Opened,
    families: Mapping[str, Family],
    exam: Exam,
    deadlines_s: list[float],
    progress: Callable[[str], Callable[[int, int], None]],
) -> dict[str, Any]:
    """Ask each family at each deadline, print the table and return it as JSON values.

    The sampler begins anew at each: what it has learned at another would change what it promises.
    """
    sampler, tokenizer = opened.sampler(exam.budget, rows=1), opened.policy.tokenizer
    usual = usual_answer(tokenizer, families.values())

    def at(deadline_s: float, name: str, family: Family) -> AtDeadline:
        bounded = replace(exam.budget, deadline_s=deadline_s)
        budget = with_stated(bounded, opened.taught, sampler.speed(usual))
        return at_deadline(sampler, tokenizer, family, exam, budget, progress(name))

    found: dict[str, Any] = {}
    for name, family in families.items():
        points = [at(deadline_s, name, family) for deadline_s in deadlines_s]
        print(table(name, points))
        found[name] = [point.to_json() for point in points]
    return found


def table(family: str, points: list[AtDeadline]) -> str:
    """Return the lines of one family."""
    first = points[0].result
    lines = [
        f"{family}, {first.split} split: the same {first.num_questions} questions at each deadline",
        f"  {'deadline':>8}  {'in time':<22}{'right':<24}{'thought':>8}{'over, p50, p95 ms':>20}",
    ]
    for point in points:
        over = f"{1000 * point.over_p50_s:.0f}, {1000 * point.over_p95_s:.0f}"
        lines.append(
            f"  {point.deadline_s:>7g}s  {point.in_time!s:<22}{point.result.strict!s:<24}"
            f"{point.result.thought_tokens_mean:>8.1f}{over:>20}"
        )
    return "\n".join(lines)
