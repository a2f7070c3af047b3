"""Results of an evaluation as text for a terminal."""

from collections.abc import Mapping, Sequence
from typing import Any

from cogitate.evaluate import AtDeadline, Curve, Difference, FamilyResult, Frontier, Interval
from cogitate.evaluate.reflection import Reflection
from cogitate.evaluate.reflection.transitions import Transitions

Conditions = Mapping[str, Any]


def result_text(model: str, result: FamilyResult, num_requested: int) -> str:
    """Return the scores of a model on a family, of which `num_requested` questions were drawn."""
    fewer = " (all that there are)" if result.num_questions < num_requested else ""
    ends = ", ".join(f"{end} {count}" for end, count in result.thought_ends.items())
    num_looped = sum(record.looped for record in result.records)
    looped = f"  end: loop {num_looped}" if num_looped else ""
    lines = [
        f"{model} on {result.family}, {result.split} split:"
        f" {result.num_questions} questions{fewer} in {result.num_clusters} clusters",
        f"  strict     {result.strict}",
        f"  lenient    {result.lenient}",
        f"  majority   {result.majority.share}  always {result.majority.answer!r}",
        f"  truncated  {result.truncated}{looped}",
        f"  thought    mean {result.thought_tokens_mean:.1f} tokens,"
        f" 90th percentile {result.thought_tokens_p90:.0f}; ends: {ends}",
    ]
    lines += [f"  pass@{k:<5} {chance}" for k, chance in result.pass_at.items()]
    if len(result.levels) > 1:
        lines += [
            f"  level {level:<4} {scores.strict}  of {scores.num_questions}"
            for level, scores in result.levels.items()
        ]
    if num := result.num_verifier_failed:
        why = next(record.why for record in result.records if record.strict is None)
        lines.append(f"  left out   {num} questions on which the verifier failed: {why}")
    return "\n".join(lines)


def difference_text(model: str, base: str, family: str, gap: Difference) -> str:
    """Return the paired difference of two models on a family, in points."""
    return (
        f"{model} minus {base} on {family}, paired over {gap.num_questions} questions:\n"
        f"  strict     {points_text(gap.strict)}\n"
        f"  lenient    {points_text(gap.lenient)}\n"
        f"  thought    {_correlation(gap.effort)} rank correlation with the other's errors,"
        " within levels"
    )


def unlike_text(models: tuple[str, str], conditions: tuple[Conditions, Conditions]) -> str:
    """Return the settings in which two measurements differ, of those that may differ.

    Weights are compared if both models have the same name.

    Example: unlike_text(("a", "b"), ({"budget": {"think": 64}}, {"budget": {"think": 32}})) ->
    "other settings: a with think 64; b with think 32"
    """
    ours, base = map(_settings, conditions)
    same_name = conditions[0].get("model") == conditions[1].get("model")
    names = [name for name in ours if ours[name] != base.get(name, ours[name])]
    names = [name for name in names if name != "weights" or same_name]
    if not names:
        return ""
    parts = (
        f"{model} with {', '.join(f'{name} {settings[name]}' for name in names)}"
        for model, settings in zip(models, (ours, base), strict=True)
    )
    return f"other settings: {'; '.join(parts)}"


def _settings(conditions: Conditions) -> dict[str, Any]:
    others = {**conditions.get("machine", {}), **conditions}
    known = {name: others[name] for name in ("dtype", "weights") if name in others}
    return {**conditions.get("budget", {}), **known}


def overall_text(model: str, overall: FamilyResult) -> str:
    """Return the accuracy over the questions of all families together."""
    return (
        f"{model} on all families together: {overall.num_questions} questions\n"
        f"  strict     {overall.strict}\n"
        f"  lenient    {overall.lenient}"
    )


def frontier_text(found: Frontier) -> str:
    """Return the accuracy of each level of a family, and its frontiers at 50 % and 90 %."""
    last = max(found.levels)
    harder = "" if last == found.highest else f"; levels {last + 1} to {found.highest} not asked"
    lines = [f"{found.family}, level by level{harder}"]
    lines += [
        f"  level {level:<4} {strict!s:<22} of {found.num_questions[level]}"
        for level, strict in found.levels.items()
    ]
    tokens = ", ".join(f"{mean:.0f} at {level}" for level, mean in found.effort.tokens.items())
    lines += [
        f"  frontier   50 % at level {found.half:.1f}, 90 % at level {found.most:.1f}",
        f"  thought    {tokens or 'no level is mostly correct'};"
        f" rank correlation with level {_correlation(found.effort.correlation)}",
    ]
    return "\n".join(lines)


def reflection_text(family: str, found: Reflection | None) -> str:
    """Return what revisions change on a family, and what they are worth."""
    if found is None:
        return f"{family}: no thought was finished, or tasks have several turns"
    lines = [f"{family}: {found.num_thoughts} finished thoughts, {found.marked} turn on themselves"]
    lines += _transition_lines("at the turn", found.at_marks)
    lines += _transition_lines("elsewhere", found.elsewhere)
    lines += [
        f"  {way:<12}{share}, {found.tokens[way]:.1f} tokens"
        for way, share in found.accuracy.items()
    ]
    if not found.is_matched:
        lines.append(
            f"  the retry is not matched: {found.tokens['retry']:.1f} tokens on average, where free"
            f" continuations have {found.tokens['free']:.1f}"
        )
    lines += [f"  free minus {way}: {points_text(gain)}" for way, gain in found.worth.items()]
    return "\n".join(lines)


def _transition_lines(where: str, one: Transitions | None) -> list[str]:
    """Return how answers change from each place to the next; nothing where there are none."""
    if one is None:
        return []
    corrected, spoilt = (share or "none" for share in (one.corrected, one.spoilt))
    return [
        f"  {where:<12}correct {one.before} before, {one.after} at the next place,"
        f" net {points_text(one.net)} ({one.num} pairs, {one.tokens:.1f} tokens apart)",
        f"  {'':<12}of wrong answers become right: {corrected}; of right ones wrong: {spoilt}",
    ]


def curve_text(curve: Curve) -> str:
    """Return a table of one family's curve, and its three summary figures."""
    split, num = curve.points[0].result.split, curve.points[0].result.num_questions
    voted = any(point.voted for point in curve.points)
    lines = [
        f"{curve.family}, {split} split: the same {num} questions at each budget",
        f"  {'budget':>7}  {'strict':<22}{'thought':>8}  {'closed naturally':<18}{'cut off':<9}"
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


def deadlines_text(family: str, points: Sequence[AtDeadline]) -> str:
    """Return a table of one family's answers at each deadline."""
    first = points[0].result
    lines = [
        f"{family}, {first.split} split: the same {first.num_questions} questions at each deadline",
        f"  {'deadline':>8}  {'in time':<22}{'correct':<24}{'thought':>8}{'over, p50, p95 ms':>20}",
    ]
    for point in points:
        over = f"{1000 * point.over_p50_s:.0f}, {1000 * point.over_p95_s:.0f}"
        lines.append(
            f"  {point.deadline_s:>7g}s  {point.in_time!s:<22}{point.result.strict!s:<24}"
            f"{point.result.thought_tokens_mean:>8.1f}{over:>20}"
        )
    return "\n".join(lines)


def points_text(gap: Interval) -> str:
    return f"{100 * gap.mean:+.1f} points [{100 * gap.low:+.1f}, {100 * gap.high:+.1f}]"


def _correlation(found: Interval) -> str:
    return f"{found.mean:+.2f} [{found.low:+.2f}, {found.high:+.2f}]"
