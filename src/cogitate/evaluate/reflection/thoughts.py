"""The thoughts that are looked at, and the places at which they are cut."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median

from cogitate.evaluate.reflection.marks import marks_of, places_of_marks
from cogitate.evaluate.scoring import EvalSpec, questions, thought_length
from cogitate.prompt import answer_text, prompt_tokens
from cogitate.protocols import Family, Sampler
from cogitate.rollout.episodes import budget_of
from cogitate.tokenizer import Tokenizer
from cogitate.types import Request, Rollout, Task, ThoughtEnd
from cogitate.verify import judge_later
from cogitate.verify.pool import results

MIN_BEFORE, MOST_MARKS = 2, 4
"""Least tokens of a thought before a mark, and the most marks of one that are looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thought:
    """A finished thought, and where it is cut.

    Example: Thought(task=Task(...), rollout=Rollout(...), cuts=(7, 19), is_marked=True)
    """

    task: Task
    rollout: Rollout
    cuts: tuple[int, ...]
    """Tokens before each mark; of one without a mark, where marks usually stand."""
    is_marked: bool

    @property
    def places(self) -> tuple[int, ...]:
        """The cuts, and its end."""
        return (*self.cuts, thought_length(self.rollout))

    @property
    def cluster(self) -> str:
        """What its question shares with others."""
        return str(self.task.metadata.get("cluster", self.task.key))


def finished_thoughts(
    sampler: Sampler,
    tokenizer: Tokenizer,
    family: Family,
    spec: EvalSpec,
    texts: Sequence[str],
) -> list[Thought]:
    """Return the finished thoughts, each with its cuts.

    Those that only begin with a mark are left out: they are neither with a mark nor without.
    """
    tasks, budget = questions(family, spec), budget_of(family, spec.budget)
    asked = [
        Request(
            prompt=prompt_tokens(tokenizer, task.question, budget, system=spec.system),
            budget=budget,
            temperature=spec.temperature,
            seed=number,
        )
        for number, task in enumerate(tasks)
    ]
    finished = [
        (task, rollout)
        for task, rollout in zip(tasks, sampler.sample(asked), strict=True)
        if rollout.thought_end is ThoughtEnd.NATURAL and thought_length(rollout) > MIN_BEFORE
    ]
    marks = frozenset(marks_of(texts))
    found = [places_of_marks(rollout, marks, texts) for _, rollout in finished]
    late = [[place for place in places if place >= MIN_BEFORE] for places in found]
    usual = _usual_shares([
        [place / thought_length(rollout) for place in places[:MOST_MARKS]]
        for places, (_, rollout) in zip(late, finished, strict=True)
        if places
    ])  # fmt: skip
    return [
        Thought(
            task=task,
            rollout=rollout,
            cuts=tuple(places[:MOST_MARKS]) or _cuts_at(usual, thought_length(rollout)),
            is_marked=bool(places),
        )
        for every, places, (task, rollout) in zip(found, late, finished, strict=True)
        if places or not every
    ]


def closed(tokenizer: Tokenizer, thought: Thought, place: int) -> Request:
    """Return the request that answers where a thought is cut."""
    assert tokenizer.think_close is not None
    request = thought.rollout.request
    kept = (*thought.rollout.thought[:place], tokenizer.think_close)
    prompt = (*request.prompt, *kept)
    return replace(request, prompt=prompt, budget=request.budget.at_once, temperature=0.0)


def judged(
    family: Family,
    tokenizer: Tokenizer,
    thoughts: Sequence[Thought],
    rollouts: Sequence[Rollout],
) -> list[float]:
    """Return 1 for each correct answer, else 0; a verifier that fails counts as 0."""
    begun = [
        judge_later(family, thought.task, answer_text(tokenizer, rollout))
        for thought, rollout in zip(thoughts, rollouts, strict=True)
    ]
    return [verdict.reward or 0.0 for verdict in results(begun)]


def _usual_shares(marked: Sequence[Sequence[float]]) -> list[float]:
    """Return where marks usually stand, as many as a thought usually has, as shares of it."""
    if not marked:
        return [0.5]
    usual = int(median(map(len, marked)))
    return [median(shares[i] for shares in marked if len(shares) > i) for i in range(usual)]


def _cuts_at(shares: Sequence[float], length: int) -> tuple[int, ...]:
    """Return the places of a thought without a mark at these shares of its length."""
    places = {max(MIN_BEFORE, min(length - 1, round(share * length))) for share in shares}
    return tuple(sorted(places))
