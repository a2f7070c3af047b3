"""Answers forced at points of a thought: what a thought is return_ before its end.

AnytimeReasoner (arXiv 2505.13438, section 3): budgets are drawn below the one that was given, each
thought is cut there, closed by force and answered, and its reward is the mean over all answers.
So a thought earns more the sooner it knows, and says so wherever it is cut.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

from cogitate.types import Budget, Request, Rollout, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """One rollout's thought, cut at a point, with the request that answers there.

    Example: Cut(row=3, request=Request(prompt=(1, 9, 7, 10), budget=Budget(think=0, answer=8)))
    """

    row: int
    request: Request


def draw_points(budget: int, num_points: int, seed: int) -> list[int]:
    """Return thought lengths below a budget, the same for every rollout of a group.

    Example: draw_points(64, 2, seed=0) -> [29, 53]
    """
    drawn = Random(f"points/{seed}").choices(range(1, budget), k=num_points) if budget > 1 else []
    return sorted(drawn)


def cuts(rollouts: Sequence[Rollout], points: Sequence[int], close: tuple[int, ...]) -> list[Cut]:
    """Return what has to be asked: each thought of a group that is longer than a point."""
    return [
        Cut(row=row, request=_cut(rollout.request, rollout.thought[:point], close))
        for row, rollout in enumerate(rollouts)
        for point in points
        if len(rollout.thought) - len(close) > point
    ]


def returns(
    verdicts: Sequence[Verdict], num_points: int, rows: Sequence[int], forced: Sequence[Verdict]
) -> list[float | None]:
    """Return what each rollout is return_: the mean reward over its own answer and all points.

    `forced[i]` judges what rollout `rows[i]` answered where it was cut. Behind its end a thought
    is return_ what its own answer is; a forced answer that could not be judged counts as its own.
    None where the rollout's own verifier failed.
    """
    found: list[float | None] = []
    for row, own in enumerate(verdicts):
        if own.reward is None:
            found.append(None)
            continue
        there = [v.reward for r, v in zip(rows, forced, strict=True) if r == row]
        early = [own.reward if reward is None else reward for reward in there]
        rewards = [*early, *[own.reward] * (1 + num_points - len(early))]
        found.append(sum(rewards) / len(rewards))
    return found


def _cut(request: Request, thought: tuple[int, ...], close: tuple[int, ...]) -> Request:
    budget = Budget(think=0, answer=request.budget.answer)
    prompt = (*request.prompt, *thought, *close)
    return replace(request, prompt=prompt, budget=budget, temperature=0.0)
