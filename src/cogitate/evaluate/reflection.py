"""Self-correction, measured on answers: what a thought's revisions change, and what they are worth.

A *mark* is a token by which a thought turns on itself ("Wait", "no", "but"). Marks alone prove
nothing: a model may write "Wait" and go on as before. So answers are taken from the thought:

- *Transitions.* The thought is closed directly before its first mark, and the answer there compared
  with the final one: wrong to right, right to wrong, and their difference, net. More thinking alone
  also turns wrong into right, so that the same is measured at as many tokens before the end of
  thoughts without a mark.
- *The causal test.* The thought is cut before its first mark and continued at temperature 1, in
  four ways: freely; with all marks banned; with a mark forced; and, as a control of as many tokens,
  thrown away and begun anew. What differs between free and banned is due to the marks.

Banning is by token, in the engine. Sources: 2310.01798 (models rarely correct themselves), and
2501.19393 (a forced "Wait").
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from cogitate.evaluate.intervals import Interval, difference_interval, share_interval
from cogitate.evaluate.scoring import EvalSpec, questions, thought_length
from cogitate.prompt import answer_text, prompt_tokens
from cogitate.protocols import Family, Sampler
from cogitate.tasks.capabilities import Interacts
from cogitate.tokenizer import Tokenizer
from cogitate.types import Budget, Request, Rollout, Task, ThoughtEnd
from cogitate.verify import judge_later
from cogitate.verify.pool import results

_WORDS = (
    "wait hmm but however actually instead alternatively no not wrong mistake incorrect again"
    " recheck oops sorry"
)
MARKS = frozenset(_WORDS.split())
"""Words that begin a revision, in lower case."""
WAYS = "free", "banned", "forced", "retry"
NUM_CONTINUED = 4
"""Continuations of a thought in each way."""
MIN_BEFORE = 2
"""Least tokens of a thought before a mark."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transitions:
    """How answers change between a cut and the end of a thought."""

    num: int
    before: Interval
    """Accuracy where the thought is cut."""
    after: Interval
    """Accuracy at its end."""
    wrong_to_right: Interval
    right_to_wrong: Interval
    net: Interval
    """The first minus the second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reflection:
    """What a model's revisions change, and what they are worth.

    Example: reflection.worth["banned"] -> Interval(mean=0.12, low=0.05, high=0.19)
    """

    num_thoughts: int
    """Finished thoughts."""
    marked: Interval
    """Share of them with a mark."""
    at_marks: Transitions | None
    """None if no thought has a mark."""
    elsewhere: Transitions | None
    """The same in thoughts without a mark; None if all have one."""
    accuracy: dict[str, Interval]
    """Way -> accuracy of the continuations."""
    worth: dict[str, Interval]
    """Way -> accuracy when continued freely minus accuracy in this way, paired by thought."""

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Thought:
    """A finished thought, and where it is cut."""

    task: Task
    rollout: Rollout
    cut: int
    """Tokens before its first mark; of one without a mark, before its control."""
    is_marked: bool

    @property
    def cluster(self) -> str:
        return str(self.task.metadata.get("cluster", self.task.key))


def marks_of(tokenizer: Tokenizer) -> tuple[int, ...]:
    """Return the tokens that are a mark, in any case, with or without a space before them."""
    return tuple(
        token
        for token, text in enumerate(tokenizer.texts())
        if text.strip(" \n.,:;!?—-").lower() in MARKS
    )


def reflection(
    sampler: Sampler, tokenizer: Tokenizer, family: Family, spec: EvalSpec
) -> Reflection | None:
    """Return what revisions are worth; None if no thought is finished, or tasks have several turns.

    Args:
        sampler: of the model.
        tokenizer: its tokenizer.
        family: the questions' family.
        spec: the questions, the budget, and the temperature of the first thoughts.
    """
    if tokenizer.think_close is None or isinstance(family, Interacts):
        return None
    marks = marks_of(tokenizer)
    thoughts = _thoughts(sampler, tokenizer, questions(family, spec), spec, frozenset(marks))
    if not thoughts:
        return None
    final = _right(family, tokenizer, thoughts, [t.rollout for t in thoughts])
    cut_short = sampler.sample([_closed(tokenizer, thought) for thought in thoughts])
    early = _right(family, tokenizer, thoughts, cut_short)
    marked = [thought.is_marked for thought in thoughts]
    accuracy, worth = _causal(sampler, tokenizer, family, thoughts, marks)
    return Reflection(
        num_thoughts=len(thoughts),
        marked=share_interval([float(is_) for is_ in marked], [t.cluster for t in thoughts]),
        at_marks=_transitions(thoughts, early, final, which=True),
        elsewhere=_transitions(thoughts, early, final, which=False),
        accuracy=accuracy,
        worth=worth,
    )


def _thoughts(
    sampler: Sampler,
    tokenizer: Tokenizer,
    tasks: Sequence[Task],
    spec: EvalSpec,
    marks: frozenset[int],
) -> list[_Thought]:
    """Return the finished thoughts, each with its cut."""
    asked = [
        Request(
            prompt=prompt_tokens(tokenizer, task.question, spec.budget, system=spec.system),
            budget=spec.budget,
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
    cuts = [_first_mark(rollout, marks) for _, rollout in finished]
    left = sorted(
        thought_length(rollout) - cut
        for cut, (_, rollout) in zip(cuts, finished, strict=True)
        if cut is not None
    )
    usual = left[len(left) // 2] if left else 0
    found: list[_Thought] = []
    for cut, (task, rollout) in zip(cuts, finished, strict=True):
        length = thought_length(rollout)
        control = length - (usual or length // 2)
        place = max(MIN_BEFORE, control) if cut is None else cut
        found.append(_Thought(task=task, rollout=rollout, cut=place, is_marked=cut is not None))
    return found


def _first_mark(rollout: Rollout, marks: frozenset[int]) -> int | None:
    """Return the place of a thought's first mark behind `MIN_BEFORE` tokens."""
    thought = rollout.thought[: thought_length(rollout)]
    return next((i for i in range(MIN_BEFORE, len(thought)) if thought[i] in marks), None)


def _closed(tokenizer: Tokenizer, thought: _Thought) -> Request:
    """Return the request that answers where a thought is cut."""
    assert tokenizer.think_close is not None
    request = thought.rollout.request
    kept = (*thought.rollout.thought[: thought.cut], tokenizer.think_close)
    budget = Budget(think=0, answer=request.budget.answer)
    return replace(request, prompt=(*request.prompt, *kept), budget=budget, temperature=0.0)


def _causal(
    sampler: Sampler,
    tokenizer: Tokenizer,
    family: Family,
    thoughts: Sequence[_Thought],
    marks: tuple[int, ...],
) -> tuple[dict[str, Interval], dict[str, Interval]]:
    """Return each way's accuracy, and what the free way has more, on thoughts with a mark."""
    marked = [thought for thought in thoughts if thought.is_marked]
    if not marked:
        return {}, {}
    places = [(way, thought) for way in WAYS for thought in marked]
    asked = [
        _continued(way, thought, marks, seed)
        for way, thought in places
        for seed in range(NUM_CONTINUED)
    ]
    repeated = [thought for _, thought in places for _ in range(NUM_CONTINUED)]
    right = _right(family, tokenizer, repeated, sampler.sample(asked))
    means = [
        sum(right[first : first + NUM_CONTINUED]) / NUM_CONTINUED
        for first in range(0, len(right), NUM_CONTINUED)
    ]
    found = {way: means[i * len(marked) :][: len(marked)] for i, way in enumerate(WAYS)}
    clusters = [thought.cluster for thought in marked]
    return (
        {way: share_interval(shares, clusters) for way, shares in found.items()},
        {
            way: difference_interval(
                [free - other for free, other in zip(found["free"], found[way], strict=True)],
                clusters,
            )
            for way in WAYS[1:]
        },
    )


def _continued(way: str, thought: _Thought, marks: tuple[int, ...], seed: int) -> Request:
    """Return the request that goes on from a thought's cut in one way."""
    rollout, request = thought.rollout, thought.rollout.request
    kept, spent = rollout.thought[: thought.cut], thought.cut
    left = max(1, (request.budget.think or 2 * thought_length(rollout)) - spent)
    request = replace(request, temperature=1.0, seed=seed)
    budget = replace(request.budget, think=left)
    match way:
        case "banned":
            request = replace(request, banned=marks)
        case "forced":
            kept = (*kept, rollout.thought[spent])  # the thought's own mark
        case "retry":
            return replace(request, budget=replace(budget, stated=request.budget.think))
        case _:
            pass
    return replace(request, prompt=(*request.prompt, *kept), budget=budget)


def _right(
    family: Family,
    tokenizer: Tokenizer,
    thoughts: Sequence[_Thought],
    rollouts: Sequence[Rollout],
) -> list[float]:
    """Return 1 for each correct answer, else 0; a verifier that fails counts as 0."""
    begun = [
        judge_later(family, thought.task, answer_text(tokenizer, rollout))
        for thought, rollout in zip(thoughts, rollouts, strict=True)
    ]
    return [verdict.reward or 0.0 for verdict in results(begun)]


def _transitions(
    thoughts: Sequence[_Thought],
    early: Sequence[float],
    final: Sequence[float],
    *,
    which: bool,
) -> Transitions | None:
    """Return how answers change, of the thoughts with a mark or of those without."""
    rows = [
        (before, after, thought.cluster)
        for thought, before, after in zip(thoughts, early, final, strict=True)
        if thought.is_marked is which
    ]
    if not rows:
        return None
    clusters = [cluster for *_, cluster in rows]
    return Transitions(
        num=len(rows),
        before=share_interval([before for before, *_ in rows], clusters),
        after=share_interval([after for _, after, _ in rows], clusters),
        wrong_to_right=share_interval([float(a > b) for b, a, _ in rows], clusters),
        right_to_wrong=share_interval([float(a < b) for b, a, _ in rows], clusters),
        net=difference_interval([a - b for b, a, _ in rows], clusters),
    )
