"""Results of an evaluation: one record per question, and their summary."""

import dataclasses
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cogitate.errors import UsageError
from cogitate.evaluate.intervals import Interval, share_interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One question with its answer and verdict.

    Example: Record(key="letter_counting/test/17", level=3, cluster="strawberry",
    question="How many ...", target="3", answer="3", strict=1.0, lenient=1.0,
    thought_tokens=41, thought_end="natural", truncated=False)
    """

    key: str
    level: int
    cluster: str
    question: str
    target: str
    answer: str
    strict: float | None
    """1 correct, 0 wrong, None if the verifier failed."""
    lenient: float
    """1 if the answer contains the target, else 0."""
    thought_tokens: int
    """Of all rollouts and their turns, without the closing markers."""
    thought_end: str
    truncated: bool
    why: str = ""
    """The verdict's reason."""
    samples: int = 1
    """Rollouts of the question; `answer` is the most common of their answers."""
    right: int | None = None
    """Number of correct rollouts; None if unknown."""
    answers: tuple[str, ...] = ()
    """Answers of all rollouts, if there are several."""
    seconds: float = 0.0
    """Duration of the rollout of `answer`, from the moment when it could start."""
    looped: bool = False
    """Whether the answer was cut off because it repeated itself."""
    probability: float | None = None
    """Of `answer` after its thought, at temperature 1; None if it was drawn at another."""
    turns: tuple[tuple[int, float], ...] = ()
    """Thought tokens and seconds of each turn of the rollout of `answer`, if it has several."""

    @property
    def mean_thought(self) -> float:
        """Mean number of thought tokens of a rollout."""
        return self.thought_tokens / self.samples

    @property
    def longest_thought(self) -> int:
        """Thought tokens of the turn with most; of one rollout."""
        return max((tokens for tokens, _ in self.turns), default=self.thought_tokens)

    @property
    def longest_s(self) -> float:
        """Seconds of the turn that took longest."""
        return max((seconds for _, seconds in self.turns), default=self.seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Majority:
    """The score of always giving the most common target.

    Example: Majority(answer="1", share=Interval(mean=0.41, low=0.37, high=0.45))
    """

    answer: str
    share: Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelResult:
    """Accuracy at one level of difficulty."""

    num_questions: int
    strict: Interval
    lenient: Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyResult:
    """The summary of one family's questions; made by `summarise`.

    Example: result.strict -> Interval(mean=0.93, low=0.912, high=0.945)
    """

    family: str
    split: str
    num_questions: int
    num_clusters: int
    num_verifier_failed: int
    """Questions on which the verifier failed; they are excluded from accuracies."""
    strict: Interval
    lenient: Interval
    truncated: Interval
    """Share of answers that ended at the answer limit or the context."""
    thought_tokens_mean: float
    thought_tokens_p90: float
    thought_ends: Mapping[str, int]
    """How thinking ended -> number of answers."""
    majority: Majority
    pass_at: Mapping[int, Interval]
    """k, doubling up to the samples of a question -> pass@k."""
    levels: Mapping[int, LevelResult]
    records: Sequence[Record] = field(repr=False)

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values, records included."""
        return dataclasses.asdict(self)


def from_json(values: Mapping[str, Any]) -> FamilyResult:
    """Return the result that `to_json` wrote, summarised again from its records.

    Raises:
        UsageError: the values are not those of an evaluation.
    """
    try:
        records = list(map(_record, values["records"]))
        return summarise(values["family"], values["split"], records)
    except (KeyError, TypeError) as error:
        raise UsageError(f"this is not an evaluation written by cogitate: {error}") from error


def _record(values: Mapping[str, Any]) -> Record:
    known: dict[str, Any] = {
        **values,
        "answers": tuple(values.get("answers", ())),
        "turns": tuple((tokens, seconds) for tokens, seconds in values.get("turns", ())),
    }
    return Record(**known)


def judged(records: Sequence[Record]) -> dict[tuple[str, ...], Record]:
    """Return the records that have a verdict, by what identifies them in other evaluations.

    That is question and target, and the key if several share these, as tasks of several turns may.
    """
    tasks = [(record.question, record.target) for record in records]
    counts = Counter(tasks)
    return {
        task if counts[task] == 1 else (*task, record.key): record
        for task, record in zip(tasks, records, strict=True)
        if record.strict is not None
    }


def summarise(family: str, split: str, records: Sequence[Record]) -> FamilyResult:
    """Summarise the records of one family.

    Raises:
        UsageError: the verifier failed on every question.
    """
    kept = [record for record in records if record.strict is not None]
    if not kept:
        why = records[0].why if records else "there was no question"
        raise UsageError(f"{family}: no answer could be judged: {why}")
    clusters = [record.cluster for record in kept]
    lengths = sorted(record.mean_thought for record in records)
    return FamilyResult(
        family=family,
        split=split,
        num_questions=len(records),
        num_clusters=len(set(clusters)),
        num_verifier_failed=len(records) - len(kept),
        strict=share_interval([record.strict or 0.0 for record in kept], clusters),
        lenient=share_interval([record.lenient for record in kept], clusters),
        truncated=share_interval(
            [float(record.truncated) for record in records], [record.cluster for record in records]
        ),
        thought_tokens_mean=math.fsum(lengths) / len(lengths),
        thought_tokens_p90=float(lengths[math.ceil(0.9 * len(lengths)) - 1]),
        thought_ends=dict(sorted(Counter(record.thought_end for record in records).items())),
        majority=_majority(kept),
        pass_at=_pass_at(kept),
        levels=_levels(kept),
        records=tuple(records),
    )


def _majority(records: Sequence[Record]) -> Majority:
    answer, _ = Counter(record.target for record in records).most_common(1)[0]
    given = [float(record.target == answer) for record in records]
    return Majority(
        answer=answer, share=share_interval(given, [record.cluster for record in records])
    )


def _pass_at(records: Sequence[Record]) -> dict[int, Interval]:
    samples = min(record.samples if record.right is not None else 1 for record in records)
    found: dict[int, Interval] = {}
    k = 1
    while 1 < samples >= k:
        chances = [pass_at(k, record.samples, record.right or 0) for record in records]
        found[k] = share_interval(chances, [record.cluster for record in records])
        k *= 2
    return found


def pass_at(k: int, samples: int, right: int) -> float:
    """Estimate the probability that one of k samples is correct, unbiased (arXiv 2107.03374, 2.1).

    Example: pass_at(2, samples=4, right=1) -> 0.5
    """
    return 1 - math.comb(samples - right, k) / math.comb(samples, k)


def _levels(records: Sequence[Record]) -> dict[int, LevelResult]:
    levels: dict[int, list[Record]] = {}
    for record in records:
        levels.setdefault(record.level, []).append(record)
    return {level: _level(levels[level]) for level in sorted(levels)}


def _level(records: Sequence[Record]) -> LevelResult:
    clusters = [record.cluster for record in records]
    return LevelResult(
        num_questions=len(records),
        strict=share_interval([record.strict or 0.0 for record in records], clusters),
        lenient=share_interval([record.lenient for record in records], clusters),
    )
