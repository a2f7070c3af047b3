"""Ask a sampler the questions of a family and judge its answers."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cogitate import verify
from cogitate.config import need
from cogitate.environments import open_env
from cogitate.errors import UsageError
from cogitate.evaluate.result import FamilyResult, Record, summarise
from cogitate.prompt import answer_text
from cogitate.protocols import Family, Model, Sampler
from cogitate.rollout.episodes import Terms, budget_of, history_of, play
from cogitate.rollout.history import check_history
from cogitate.rollout.together import together
from cogitate.tasks import item, load_family, size
from cogitate.tasks.capabilities import Interacts
from cogitate.tasks.splits import ALL, SPLITS, parts_of
from cogitate.tokenizer import Tokenizer
from cogitate.types import Budget, End, Episode, Rollout, Task, ThoughtEnd, Verdict
from cogitate.verbs import need_loaded
from cogitate.verify.pool import results
from cogitate.verify.strict import canonical

REQUESTS_AT_ONCE = 256
"""Questions per call of the sampler; progress is reported in between."""

NUMBERS_PER_SEED = 1_000_000
"""Task numbers reserved for each seed."""
NUM_QUESTIONS = 200
"""Of each family, by default."""
TRIES_PER_QUESTION = 20
"""Maximum number of tasks generated per requested question, since they may repeat."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvalSpec:
    """Which questions are asked, and with which budget.

    Example: EvalSpec(n=1000, split="test", budget=Budget(think=128, answer=16))
    """

    budget: Budget
    n: int = 1000
    """Number of distinct questions of the family; all if it has fewer."""
    split: str = "test"
    """Or "all": train and test together, of a finite family."""
    seed: int = 0
    """Other seeds ask other questions of the split, if it has more than `n`."""
    temperature: float = 0.0
    """0 is greedy."""
    samples: int = 1
    """Rollouts of each question; the most common answer counts, in a tie the first."""
    levels: tuple[int, ...] = ()
    """Levels of difficulty, with equally many questions each; empty for the family's mixture."""
    system: str | None = None
    """System message; None for the template's default."""


def evaluate(
    model: Model,
    family: Family | str,
    *,
    n: int | None = None,
    split: str = "test",
    think: int | str | None = None,
    answer: int = 64,
) -> FamilyResult:
    """Measure a model on a family as `cogitate evaluate` does, with the same numbers.

    Example: evaluate(load("mini"), "countdown", n=100).strict.mean -> 0.87

    Args:
        model: as `cogitate.load` returns it.
        family: a family, or a name for `cogitate.load_family`.
        n: number of distinct questions; None for 200, or with the split "all" for every one.
        split: "test", "ood" or "train", or "all" for train and test of a finite family.
        think: maximum of thought tokens, or an effort such as "low"; None for the model's default.
        answer: maximum of answer tokens.

    Raises:
        UsageError: there is no such family, or it has no such questions.
    """
    need_loaded(model)
    need("split", split, (*SPLITS, ALL))
    if n is not None and n < 1:
        raise UsageError(f"n: at least 1 question is needed, not {n}")
    family = load_family(family) if isinstance(family, str) else family
    budget = model.budget(None if think is None else str(think), answer)
    spec = EvalSpec(budget=budget, n=n or default_n([family], split), split=split)
    return score(model.sampler(budget), model.tokenizer, family, spec)


def default_n(families: Iterable[Family], split: str, num_levels: int = 1) -> int:
    """Return the number of questions of each family if none is given.

    Raises:
        UsageError: the split is "all", and a family is unbounded.
    """
    if split != ALL:
        return NUM_QUESTIONS
    return num_levels * max(size(family, split) or 0 for family in families)


def score(
    sampler: Sampler,
    tokenizer: Tokenizer,
    family: Family,
    spec: EvalSpec,
    progress: Callable[[int, int], None] | None = None,
) -> FamilyResult:
    """Return accuracy and cost of a sampler on a family, each with its interval.

    `progress` is called with (questions done, questions in total). A model not trained to think
    answers without a thought and is judged in the same way.

    Raises:
        UsageError: there are no such questions, or the verifier failed on every one.
    """
    records = answered(sampler, tokenizer, family, spec, progress)
    return summarise(family.name, spec.split, records)


def answered(
    sampler: Sampler,
    tokenizer: Tokenizer,
    family: Family,
    spec: EvalSpec,
    progress: Callable[[int, int], None] | None = None,
) -> list[Record]:
    """Return a record of each question, judged or not; see `score`.

    Raises:
        UsageError: there are no such questions.
    """
    tasks = questions(family, spec)
    if not tasks:
        level = f" of level {', '.join(map(str, spec.levels))}" if spec.levels else ""
        split = "" if spec.split == ALL else f"{spec.split} "
        raise UsageError(f"{family.name} has no {split}questions{level}; give it more rows")
    check_history(history_of(family), tokenizer, spec.budget)
    terms = Terms(
        tokenizer=tokenizer,
        budget=budget_of(family, spec.budget),
        temperature=spec.temperature,
        history=history_of(family),
        system=spec.system,
    )
    records: list[Record] = []
    for start in range(0, len(tasks), REQUESTS_AT_ONCE):
        asked = tasks[start : start + REQUESTS_AT_ONCE]
        players = [
            play(open_env(family), task, terms, (start + place) * spec.samples + sample)
            for place, task in enumerate(asked)
            for sample in range(spec.samples)
        ]
        episodes = together(sampler, players)
        for place, task in enumerate(asked):
            own = episodes[place * spec.samples :][: spec.samples]
            records.append(_record(family, task, own, tokenizer))
        if progress is not None:
            progress(len(records), len(tasks))
    return records


def judge_again(saved: FamilyResult, family: Family, spec: EvalSpec) -> FamilyResult:
    """Return a saved result with its answers judged by the current family.

    Questions that the family no longer has are left out.

    Raises:
        UsageError: no question is left, the verifier failed on all, or they take several turns.
    """
    if isinstance(family, Interacts):
        raise UsageError(
            f"{family.name} has tasks of several turns, whose answers alone cannot be judged again:"
            " name the model instead of the file"
        )
    tasks = {task.question: task for task in questions(family, _whole(family, spec))}
    records = [record for record in saved.records if record.question in tasks]
    if not records:
        raise UsageError(f"{family.name} has none of the saved questions any more: evaluate again")
    asked = [tasks[record.question] for record in records]
    verdicts = _judge_all(family, asked, [(record.answer, *record.answers) for record in records])
    return summarise(family.name, saved.split, [*map(_judged_again, asked, records, verdicts)])


def _judged_again(task: Task, record: Record, verdicts: Mapping[str, Verdict]) -> Record:
    """Return the record with new verdicts.

    Older files kept one of several answers; the number of correct ones is then unknown if the
    verdict changed.
    """
    answers = record.answers or [record.answer]
    found = [verdicts[text] for text in answers]
    lenient = verify.lenient(task, record.answer)
    judged = replace(
        record, **_judged(task, record.answer, verdicts[record.answer], found, lenient=lenient)
    )
    if len(answers) == record.samples:
        return judged
    same = (judged.target, judged.strict) == (record.target, record.strict)
    return replace(judged, right=record.right if same else None)


def _whole(family: Family, spec: EvalSpec) -> EvalSpec:
    """Return the spec, with all questions of a finite family."""
    num = size(family, spec.split)
    return spec if num is None else replace(spec, n=num * max(1, len(spec.levels)))


def questions(family: Family, spec: EvalSpec) -> list[Task]:
    """Return the tasks of a spec, without duplicates; level by level."""
    if len(spec.levels) > 1:
        counts = [len(range(i, spec.n, len(spec.levels))) for i in range(len(spec.levels))]
        parts = [
            questions(family, replace(spec, levels=(level,), n=count))
            for level, count in zip(spec.levels, counts, strict=True)
            if count
        ]
        return [task for part in parts for task in part]
    (level,) = spec.levels or (None,)
    found: dict[str, Task] = {}
    for split, number in _places(family, spec, level):
        task = family.generate(split, number, level)
        found.setdefault(item(family, task), task)
        if len(found) == spec.n:
            break
    return list(found.values())


def _places(family: Family, spec: EvalSpec, level: int | None) -> Iterator[tuple[str, int]]:
    """Yield splits and numbers of candidate tasks: all if finite, or enough to find n questions.

    Of several splits, the first ones are in proportion to their sizes.
    """
    num = size(family, spec.split, level)
    if num is None:
        first = spec.seed * NUMBERS_PER_SEED
        return ((spec.split, first + i) for i in range(TRIES_PER_QUESTION * spec.n))
    sizes = {split: size(family, split, level) or 0 for split in parts_of(spec.split)}
    places = [(split, number) for split in sizes for number in range(sizes[split])]
    places.sort(key=lambda place: (place[1] + 0.5) / sizes[place[0]])
    return (places[(spec.seed * spec.n + i) % num] for i in range(num))


def _judge_all(
    family: Family, tasks: Sequence[Task], answers: Sequence[Sequence[str]]
) -> list[dict[str, Verdict]]:
    """Return the verdict on each answer to each task; slow verifiers run in parallel."""
    begun = [
        {text: verify.judge_later(family, task, text) for text in texts}
        for task, texts in zip(tasks, answers, strict=True)
    ]
    verdicts = iter(results([future for one in begun for future in one.values()]))
    return [{text: next(verdicts) for text in one} for one in begun]


def _record(
    family: Family, task: Task, episodes: Sequence[Episode], tokenizer: Tokenizer
) -> Record:
    """Return the record of the most common answer; thought tokens of all episodes are summed.

    The vote ignores white space and the case of letters.
    """
    answers = ["".join(answer_text(tokenizer, turn) for turn in e.turns[-1:]) for e in episodes]
    given = [canonical(answer) for answer in answers]
    place = given.index(Counter(given).most_common(1)[0][0])
    chosen, verdicts = episodes[place], [episode.verdict for episode in episodes]
    is_near = not isinstance(family, Interacts) and verify.lenient(task, answers[place])
    last = chosen.turns[-1] if chosen.turns else None
    return Record(
        **_judged(task, answers[place], chosen.verdict, verdicts, lenient=is_near),
        thought_tokens=sum(thought_length(turn) for e in episodes for turn in e.turns),
        thought_end=str(last.thought_end if last else ThoughtEnd.NONE),
        truncated=last is not None and last.end is not End.DONE,
        samples=len(episodes),
        answers=tuple(answers) if len(answers) > 1 else (),
        seconds=sum(turn.seconds for turn in chosen.turns),
        looped=last is not None and last.looped,
        probability=_probability(last) if last else None,
        turns=_turns(chosen),
    )


def _turns(episode: Episode) -> tuple[tuple[int, float], ...]:
    """Return thought tokens and seconds of each turn, if there are several."""
    if len(episode.turns) < 2:
        return ()
    return tuple((thought_length(turn), turn.seconds) for turn in episode.turns)


def _probability(rollout: Rollout) -> float | None:
    """Return the probability of an answer after its thought; None at another temperature than 1.

    Greedy rollouts have their log-probabilities at temperature 1.
    """
    if rollout.request.temperature not in (0, 1):
        return None
    return math.exp(math.fsum(rollout.logprobs[len(rollout.thought) :]))


def _judged(
    task: Task, answer: str, verdict: Verdict, verdicts: Sequence[Verdict], *, lenient: bool
) -> dict[str, Any]:
    """Return a record's fields that describe its task and the verdict on its answer."""
    return {
        "key": task.key,
        "level": task.level,
        "cluster": str(task.metadata.get("cluster", task.key)),
        "question": task.question,
        "target": task.target,
        "answer": answer,
        "strict": verdict.reward,
        "lenient": float(verdict.reward == 1 or lenient),
        "right": sum(other.reward == 1 for other in verdicts),
        "why": verdict.why,
    }


def thought_length(rollout: Rollout) -> int:
    """Return the number of tokens of a thought, without the closing marker."""
    return max(0, len(rollout.thought) - (rollout.thought_end is not ThoughtEnd.NONE))
