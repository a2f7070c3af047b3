"""Results of an evaluation as text for a terminal."""

from collections.abc import Mapping
from typing import Any

from cogitate.evaluate import Difference, FamilyResult, Frontier, Interval

Conditions = Mapping[str, Any]


def result_text(model: str, result: FamilyResult, wanted: int) -> str:
    """Return a few lines that say what a model scored on a family of which `wanted` were asked."""
    fewer = " (all that there are)" if result.num_questions < wanted else ""
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
        f"  thought    {result.thought_tokens_mean:.1f} tokens in the mean,"
        f" {result.thought_tokens_p90:.0f} at the 90th percentile; ends: {ends}",
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
        f"{model} less {base} on {family}, paired over {gap.num_questions} questions:\n"
        f"  strict     {_points(gap.strict)}\n"
        f"  lenient    {_points(gap.lenient)}\n"
        f"  thought    {_correlation(gap.effort)} rank correlation with the other's errors,"
        " within levels"
    )


def judged_again_text(path: str, saved: FamilyResult, again: FamilyResult) -> str:
    """Say what is other than a file says, now that its answers are judged again; or nothing."""
    before = {record.question: record for record in saved.records}
    pairs = [(before[record.question], record) for record in again.records]
    counts = {
        "no longer asked": len(saved.records) - len(pairs),
        "with another target": sum(old.target != new.target for old, new in pairs),
        "with another verdict": sum(old.strict != new.strict for old, new in pairs),
    }
    found = ", ".join(f"{count} {what}" for what, count in counts.items() if count)
    if not found:
        return ""
    return (
        f"{again.family} is not what it was when {path} was written: of its {len(saved.records)}"
        f" questions {found}; its answers are judged again"
    )


def unlike_text(models: tuple[str, str], conditions: tuple[Conditions, Conditions]) -> str:
    """Say in which settings two models were measured otherwise, of those that may differ.

    Weights are one of these where the model of both has the same name.

    Example: unlike_text(("a", "b"), ({"budget": {"think": 64}}, {"budget": {"think": 32}})) ->
    "other settings: a with think 64; b with think 32"
    """
    ours, base = map(_settings, conditions)
    same_name = conditions[0].get("model") == conditions[1].get("model")
    names = [name for name in ours if ours[name] != base.get(name, ours[name])]
    names = [name for name in names if name != "weights" or same_name]
    if not names:
        return ""
    told = (
        f"{model} with {', '.join(f'{name} {settings[name]}' for name in names)}"
        for model, settings in zip(models, (ours, base), strict=True)
    )
    return f"other settings: {'; '.join(told)}"


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
    """Return the accuracy of each level of a family, and where it falls below two shares."""
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
        f"  thought    {tokens or 'no level is mostly right'};"
        f" rank correlation with level {_correlation(found.effort.correlation)}",
    ]
    return "\n".join(lines)


def _points(gap: Interval) -> str:
    return f"{100 * gap.mean:+.1f} points [{100 * gap.low:+.1f}, {100 * gap.high:+.1f}]"


def _correlation(found: Interval) -> str:
    return f"{found.mean:+.2f} [{found.low:+.2f}, {found.high:+.2f}]"
