"""Self-correction, measured on answers: what a thought's revisions change, and what they are worth.

A *mark* is a word by which a thought turns on itself ("Wait", "no", "but"). Marks alone prove
nothing: a model may write "Wait" and go on as before. So answers are taken from the thought, always
greedily:

- *Transitions.* The thought is closed directly before each of its first marks and at its end, and
  answers compared from one to the next: wrong to right, right to wrong, and their difference, net.
  More thinking alone also turns wrong into right, so that the same is measured in thoughts without
  a mark, at the places where marks usually stand.
- *The causal test.* The thought is cut before its first mark and continued at temperature 1:
  freely; with all marks banned; with as many other words banned that are as frequent (a placebo: a
  ban alone may harm); with its mark forced; and thrown away and begun anew, with as many tokens as
  it goes on for when it is free. Free minus banned is what a model loses that may not turn in these
  words; a model that says the same in other words loses less.

Words are banned by token, in the engine. Sources: 2310.01798 (models rarely correct themselves),
and 2501.19393 (a forced "Wait").
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from statistics import median
from typing import Any

from cogitate.evaluate.intervals import Interval, difference_interval, share_interval
from cogitate.evaluate.scoring import EvalSpec, questions, thought_length
from cogitate.prompt import answer_text, prompt_tokens
from cogitate.protocols import Family, Sampler
from cogitate.rollout.episodes import budget_of
from cogitate.seeds import derive
from cogitate.tasks.capabilities import Interacts
from cogitate.tokenizer import Tokenizer
from cogitate.types import Request, Rollout, Task, ThoughtEnd
from cogitate.verify import judge_later
from cogitate.verify.pool import results

_WORDS = (
    "wait hmm but however actually instead alternatively no not wrong mistake incorrect again"
    " recheck oops sorry"
)
MARKS = frozenset(_WORDS.split())
"""Words that begin a revision, in lower case."""
WAYS = "free", "banned", "placebo", "forced", "retry"
NUM_CONTINUED = 4
"""Continuations of a thought in each way."""
MIN_BEFORE, MOST_MARKS = 2, 4
"""Least tokens of a thought before a mark, and the most marks of one that are looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transitions:
    """How answers change from one place of a thought to the next."""

    num: int
    """Pairs of such places."""
    before: Interval
    """Accuracy at the first of a pair."""
    after: Interval
    """Accuracy at the second."""
    wrong_to_right: Interval
    right_to_wrong: Interval
    net: Interval
    """Wrong to right minus right to wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reflection:
    """What a model's revisions change, and what they are worth.

    Example: reflection.worth["banned"] -> Interval(mean=0.12, low=0.05, high=0.19)
    """

    num_thoughts: int
    """Finished thoughts, without those that have a mark at their beginning alone."""
    marked: Interval
    """Share of them with a mark."""
    at_marks: Transitions | None
    """None if no thought has a mark."""
    elsewhere: Transitions | None
    """The same in thoughts without a mark; None if all have one."""
    accuracy: dict[str, Interval]
    """Way -> accuracy of the continuations."""
    tokens: dict[str, float]
    """Way -> mean thought tokens of the continuations."""
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
    cuts: tuple[int, ...]
    """Tokens before each mark; of one without a mark, where marks usually stand."""
    is_marked: bool

    @property
    def places(self) -> tuple[int, ...]:
        """The cuts, and its end."""
        return (*self.cuts, thought_length(self.rollout))

    @property
    def cluster(self) -> str:
        return str(self.task.metadata.get("cluster", self.task.key))


def marks_of(texts: Sequence[str]) -> tuple[int, ...]:
    """Return the tokens that begin a mark: a whole word behind a space, or with a capital.

    Args:
        texts: of all tokens.
    """
    begins = re.compile(r"\s|[A-Z]")
    return tuple(
        token for token, text in enumerate(texts) if begins.match(text) and _word(text) in MARKS
    )


def reflection(
    sampler: Sampler, tokenizer: Tokenizer, family: Family, spec: EvalSpec
) -> Reflection | None:
    """Return what revisions are worth; None without a finished thought, or with several turns.

    Args:
        sampler: of the model.
        tokenizer: its tokenizer.
        family: the questions' family.
        spec: the questions, the budget, and the temperature of the first thoughts.
    """
    if tokenizer.think_close is None or isinstance(family, Interacts):
        return None
    texts = tokenizer.texts()
    thoughts = _thoughts(sampler, tokenizer, family, spec, texts)
    if not thoughts:
        return None
    repeated = [thought for thought in thoughts for _ in thought.places]
    closed = [_closed(tokenizer, t, place) for t in thoughts for place in t.places]
    right = iter(_right(family, tokenizer, repeated, sampler.sample(closed)))
    answers = [[next(right) for _ in thought.places] for thought in thoughts]
    causal = _Causal(sampler, tokenizer, family, [t for t in thoughts if t.is_marked])
    accuracy, tokens, worth = causal.measured(texts, thoughts)
    return Reflection(
        num_thoughts=len(thoughts),
        marked=share_interval(
            [float(thought.is_marked) for thought in thoughts], [t.cluster for t in thoughts]
        ),
        at_marks=_transitions(thoughts, answers, which=True),
        elsewhere=_transitions(thoughts, answers, which=False),
        accuracy=accuracy,
        tokens=tokens,
        worth=worth,
    )


def _word(text: str) -> str:
    """Return a token's word in lower case, without what stands around it."""
    return text.strip(" \n\t.,:;!?\u2014-").lower()


def _thoughts(
    sampler: Sampler,
    tokenizer: Tokenizer,
    family: Family,
    spec: EvalSpec,
    texts: Sequence[str],
) -> list[_Thought]:
    """Return the finished thoughts, each with its cut."""
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
    found = [_places_of_marks(rollout, marks, texts) for _, rollout in finished]
    late = [[place for place in places if place >= MIN_BEFORE] for places in found]
    usual = _usual_shares([
        [place / thought_length(rollout) for place in places[:MOST_MARKS]]
        for places, (_, rollout) in zip(late, finished, strict=True)
        if places
    ])  # fmt: skip
    return [
        _Thought(
            task=task,
            rollout=rollout,
            cuts=tuple(places[:MOST_MARKS]) or _cuts_at(usual, thought_length(rollout)),
            is_marked=bool(places),
        )
        for every, places, (task, rollout) in zip(found, late, finished, strict=True)
        if places or not every  # one that only begins with a mark is of neither kind
    ]


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


def _places_of_marks(rollout: Rollout, marks: frozenset[int], texts: Sequence[str]) -> list[int]:
    """Return the places of a thought's marks, which are words by themselves."""
    thought = rollout.thought[: thought_length(rollout)]
    each = ["\n", *(texts[token] for token in thought), ""]
    return [
        place
        for place, token in enumerate(thought)
        if token in marks
        and (each[place][-1:].isspace() or each[place + 1][:1].isspace())
        and not each[place + 2][:1].isalpha()
    ]


def _closed(tokenizer: Tokenizer, thought: _Thought, place: int) -> Request:
    """Return the request that answers where a thought is cut."""
    assert tokenizer.think_close is not None
    request = thought.rollout.request
    kept = (*thought.rollout.thought[:place], tokenizer.think_close)
    prompt = (*request.prompt, *kept)
    return replace(request, prompt=prompt, budget=request.budget.at_once, temperature=0.0)


@dataclass(frozen=True, slots=True)
class _Causal:
    """Thoughts with a mark, which are continued from it in several ways."""

    sampler: Sampler
    tokenizer: Tokenizer
    family: Family
    marked: Sequence[_Thought]

    def measured(
        self, texts: Sequence[str], thoughts: Sequence[_Thought]
    ) -> tuple[dict[str, Interval], dict[str, float], dict[str, Interval]]:
        """Return each way's accuracy and tokens, and what the free way has more."""
        if not self.marked:
            return {}, {}, {}
        marks = marks_of(texts)
        banned = {"banned": marks, "placebo": _placebo(marks, texts, thoughts)}
        right: dict[str, list[float]] = {}
        tokens: dict[str, list[float]] = {}
        for way in WAYS:
            anew = [max(1, round(num)) for num in tokens["free"]] if way == "retry" else None
            right[way], tokens[way] = self._way(way, banned.get(way, ()), anew)
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

    def _way(
        self, way: str, banned: tuple[int, ...], anew: Sequence[int] | None
    ) -> tuple[list[float], list[float]]:
        """Return the accuracy of each thought's continuations, and their mean thought tokens."""
        asked = [
            _anew(thought, anew[index], number)
            if anew
            else _continued(thought, banned, number, forced=way == "forced")
            for index, thought in enumerate(self.marked)
            for number in range(NUM_CONTINUED)
        ]
        rollouts = self.sampler.sample(asked)
        repeated = [thought for thought in self.marked for _ in range(NUM_CONTINUED)]
        right = _right(self.family, self.tokenizer, repeated, rollouts)
        return _means(right), _means([float(thought_length(rollout)) for rollout in rollouts])


def _means(values: Sequence[float]) -> list[float]:
    """Return the mean of each thought's continuations."""
    return [
        sum(values[first : first + NUM_CONTINUED]) / NUM_CONTINUED
        for first in range(0, len(values), NUM_CONTINUED)
    ]


def _placebo(
    marks: Sequence[int], texts: Sequence[str], thoughts: Sequence[_Thought]
) -> tuple[int, ...]:
    """Return as many other words as there are marks in these thoughts, about as frequent."""
    counts = Counter(token for thought in thoughts for token in thought.rollout.thought)
    others = {
        token
        for token in counts
        if texts[token][:1].isspace() and _word(texts[token]).isalpha() and token not in marks
    }
    found: list[int] = []
    for mark in sorted((token for token in marks if counts[token]), key=counts.__getitem__):
        left = others - set(found)
        if left:
            found.append(min(left, key=lambda token: (abs(counts[token] - counts[mark]), token)))
    return tuple(found)


def _continued(thought: _Thought, banned: tuple[int, ...], number: int, *, forced: bool) -> Request:
    """Return the request that goes on from a thought's first cut."""
    rollout, request = thought.rollout, thought.rollout.request
    cut, limit = thought.cuts[0], request.budget.think
    kept = rollout.thought[: cut + forced]  # with the thought's own mark
    left = max(1, (2 * thought_length(rollout) if limit is None else limit) - cut)
    return replace(
        request,
        prompt=(*request.prompt, *kept),
        banned=banned,
        temperature=1.0,
        seed=derive(request.seed, "continued", number),
        budget=replace(request.budget, think=left, stated=limit),
    )


def _anew(thought: _Thought, num_tokens: int, number: int) -> Request:
    """Return the request that thinks anew, for so many tokens."""
    request = thought.rollout.request
    budget = replace(request.budget, think=num_tokens, stated=request.budget.think)
    seed = derive(request.seed, "anew", number)
    return replace(request, temperature=1.0, seed=seed, budget=budget)


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
    thoughts: Sequence[_Thought], answers: Sequence[Sequence[float]], *, which: bool
) -> Transitions | None:
    """Return how answers change, of the thoughts with a mark or of those without."""
    rows = [
        (before, after, thought.cluster)
        for thought, its in zip(thoughts, answers, strict=True)
        if thought.is_marked is which
        for before, after in pairwise(its)
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
