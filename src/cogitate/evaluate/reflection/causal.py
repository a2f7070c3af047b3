"""The causal test: thoughts are cut before their first mark and continued in several ways."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from cogitate.evaluate.intervals import Interval, difference_interval, share_interval
from cogitate.evaluate.reflection.marks import marks_of, word
from cogitate.evaluate.reflection.thoughts import Thought, judged
from cogitate.evaluate.scoring import thought_length
from cogitate.protocols import Family, Sampler
from cogitate.seeds import derive
from cogitate.tokenizer import Tokenizer
from cogitate.types import Request, Rollout, ThoughtEnd

WAYS = "free", "banned", "placebo", "forced", "retry"
NUM_CONTINUED = 4
"""Continuations of a thought in each way."""
NEAR = 0.05
"""Share of the free continuations' tokens by which those of the retry may differ."""
MOST_ROUNDS = 6
"""Rounds of sampling in which the retry is matched."""


@dataclass(frozen=True, slots=True)
class Causal:
    """Thoughts with a mark, which are continued from it in several ways.

    Example: Causal(sampler, tokenizer, family, thoughts).measured(texts, thoughts)
    """

    sampler: Sampler
    tokenizer: Tokenizer
    family: Family
    marked: Sequence[Thought]

    def measured(
        self, texts: Sequence[str], thoughts: Sequence[Thought]
    ) -> tuple[dict[str, Interval], dict[str, float], dict[str, Interval]]:
        """Return each way's accuracy and tokens, and what the free way has more."""
        if not self.marked:
            return {}, {}, {}
        marks = marks_of(texts)
        banned = {"banned": marks, "placebo": _placebo(marks, texts, thoughts)}
        repeated = [thought for thought in self.marked for _ in range(NUM_CONTINUED)]
        right: dict[str, list[float]] = {}
        tokens: dict[str, list[float]] = {}
        for way in WAYS:
            rollouts = (
                self._retried(tokens["free"])
                if way == "retry"
                else self._continued(banned.get(way, ()), forced=way == "forced")
            )
            right[way] = _means(judged(self.family, self.tokenizer, repeated, rollouts))
            tokens[way] = _mean_lengths(rollouts)
        clusters = [thought.cluster for thought in self.marked]
        return (
            {way: share_interval(shares, clusters) for way, shares in right.items()},
            {way: sum(means) / len(means) for way, means in tokens.items()},
            {
                way: difference_interval(
                    [free - other for free, other in zip(right["free"], right[way], strict=True)],
                    clusters,
                )
                for way in WAYS[1:]
            },
        )

    def _continued(self, banned: tuple[int, ...], *, forced: bool) -> list[Rollout]:
        """Return the continuations of each thought from its first cut."""
        return self.sampler.sample([
            _from_cut(thought, banned, number, forced=forced)
            for thought in self.marked
            for number in range(NUM_CONTINUED)
        ])  # fmt: skip

    def _retried(self, free: Sequence[float]) -> list[Rollout]:
        """Return new tries with about as many tokens on average as the free continuations.

        Each try may be as long as its thought's free continuations times a factor. With the factor
        1 they are shorter, since many close by themselves before. So it is doubled until they are
        not, and then halved between.
        """
        best: list[Rollout] = []
        factor, low, high, nearest, wanted = 1.0, 0.0, math.inf, math.inf, sum(free)
        for _ in range(MOST_ROUNDS):
            rollouts = self.sampler.sample([
                _anew(thought, factor * num, number)
                for thought, num in zip(self.marked, free, strict=True)
                for number in range(NUM_CONTINUED)
            ])  # fmt: skip
            more = sum(_mean_lengths(rollouts)) - wanted
            if abs(more) < nearest:
                best, nearest = rollouts, abs(more)
            if nearest <= NEAR * wanted or (more < 0 and not any(map(_is_cut, rollouts))):
                break
            low, high = (factor, high) if more < 0 else (low, factor)
            factor = 2 * factor if high == math.inf else (low + high) / 2
        return best


def _means(values: Sequence[float]) -> list[float]:
    """Return the mean of each thought's continuations."""
    return [
        sum(values[first : first + NUM_CONTINUED]) / NUM_CONTINUED
        for first in range(0, len(values), NUM_CONTINUED)
    ]


def _mean_lengths(rollouts: Sequence[Rollout]) -> list[float]:
    """Return the mean thought tokens of each thought's continuations."""
    return _means([float(thought_length(rollout)) for rollout in rollouts])


def _is_cut(rollout: Rollout) -> bool:
    """Return whether a thought would be longer with more room."""
    return rollout.thought_end is ThoughtEnd.BUDGET


def _placebo(
    marks: Sequence[int], texts: Sequence[str], thoughts: Sequence[Thought]
) -> tuple[int, ...]:
    """Return as many other words as there are marks in these thoughts, about as frequent."""
    counts = Counter(token for thought in thoughts for token in thought.rollout.thought)
    others = {
        token
        for token in counts
        if texts[token][:1].isspace() and word(texts[token]).isalpha() and token not in marks
    }
    found: list[int] = []
    for mark in sorted((token for token in marks if counts[token]), key=counts.__getitem__):
        left = others - set(found)
        if left:
            found.append(min(left, key=lambda token: (abs(counts[token] - counts[mark]), token)))
    return tuple(found)


def _from_cut(thought: Thought, banned: tuple[int, ...], number: int, *, forced: bool) -> Request:
    """Return the request that goes on from a thought's first cut."""
    request, cut = thought.rollout.request, thought.cuts[0]
    kept = thought.rollout.thought[: cut + forced]  # with the thought's own mark
    return replace(
        request,
        prompt=(*request.prompt, *kept),
        banned=banned,
        temperature=1.0,
        seed=derive(request.seed, "continued", number),
        budget=replace(
            request.budget, think=max(1, _limit(thought) - cut), stated=request.budget.think
        ),
    )


def _anew(thought: Thought, num_tokens: float, number: int) -> Request:
    """Return the request that thinks anew, for so many tokens."""
    request = thought.rollout.request
    think = min(_limit(thought), max(1, round(num_tokens)))
    budget = replace(request.budget, think=think, stated=request.budget.think)
    seed = derive(request.seed, "anew", number)
    return replace(request, temperature=1.0, seed=seed, budget=budget)


def _limit(thought: Thought) -> int:
    """Return the most tokens of a thought: its budget, or twice its length without one."""
    limit = thought.rollout.request.budget.think
    return 2 * thought_length(thought.rollout) if limit is None else limit
