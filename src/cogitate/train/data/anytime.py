"""Returns from answers forced at points of a thought.

AnytimeReasoner (arXiv 2505.13438, section 3): each thought is cut at budgets drawn below its own,
closed by force and answered. Its return is the mean reward over all these answers, so that a
thought earns more the earlier it leads to the correct answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

from cogitate.types import Request, Rollout, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """The request that answers from one rollout's thought, cut at a point.

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
    """Return a cut for each point and each thought of a group that is longer than it."""
    return [
        Cut(row=row, request=_cut(rollout.request, rollout.thought[:point], close))
        for row, rollout in enumerate(rollouts)
        for point in points
        if len(rollout.thought) - len(close) > point
    ]


def returns(
    verdicts: Sequence[Verdict], num_points: int, rows: Sequence[int], forced: Sequence[Verdict]
) -> list[float | None]:
    """Return each rollout's return: the mean reward over its own answer and all points.

    `forced[i]` is the verdict on a forced answer of rollout `rows[i]`. Points after a thought's
    end, and forced answers whose verifier failed, count as its own answer. The return is None if
    the verifier failed on the rollout's own answer.
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
    prompt = (*request.prompt, *thought, *close)
    return replace(request, prompt=prompt, budget=request.budget.at_once, temperature=0.0)
