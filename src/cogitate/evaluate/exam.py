"""Ask a sampler the questions of a family and judge what it answers."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cogitate import verify
from cogitate.config import need
from cogitate.errors import UsageError
from cogitate.evaluate.result import FamilyResult, Record, summarise
from cogitate.prompt import answer_text, prompt_tokens
from cogitate.tasks import load_family, size
from cogitate.tokenizer import Tokenizer
from cogitate.types import Budget, End, Family, Model, Request, Rollout, Sampler, Task, ThoughtEnd
from cogitate.verbs import need_loaded
from cogitate.verify.strict import canonical

REQUESTS_AT_ONCE = 256
"""Handed to the sampler together; progress is told in between."""

NUMBERS_PER_SEED = 1_000_000
"""Tasks that one seed may look at before the next seed's begin."""
TRIES_PER_QUESTION = 20
"""Tasks looked at for each question wanted, where they repeat."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exam:
    """Which questions are asked, and what each answer may spend.

    Example: Exam(n=1000, split="test", budget=Budget(think=128, answer=16))
    """

    budget: Budget
    n: int = 1000
    """Different questions of the family; all that there are, where it has fewer."""
    split: str = "test"
    seed: int = 0
    """Another seed asks other questions of the split, where it has more than `n`."""
    temperature: float = 0.0
    """0 is greedy."""
    samples: int = 1
    """Rollouts of each question, of which the most common answer counts; of several, the one that
    came first."""
    levels: tuple[int, ...] = ()
    """Of difficulty, as many questions of each; empty leaves them to the family."""
    system: str | None = None
    """System message; None leaves it to the model's template."""


def evaluate(
    model: Model,
    family: Family | str,
    *,
    n: int = 200,
    split: str = "test",
    think: int | str | None = None,
    answer: int = 64,
) -> FamilyResult:
    """Measure a model on a family as `cogitate evaluate` does, with the same numbers.

    Example: evaluate(load("mini"), "countdown", n=100).strict.mean -> 0.87

    Args:
        model: as `cogitate.load` returns it.
        family: one of your own, or a name that `cogitate.load_family` knows.
        n: different questions.
        split: "test", "ood" or "train".
        think: thought tokens at most, or an effort such as "low"; None is the model's own.
        answer: answer tokens at most.

    Raises:
        UsageError: there is no such family, or it has no such questions.
    """
    need_loaded(model)
    need("split", split, ("test", "ood", "train"))
    if n < 1:
        raise UsageError(f"n: at least 1 question is needed, not {n}")
    family = load_family(family) if isinstance(family, str) else family
    budget = model.budget(None if think is None else str(think), answer)
    exam = Exam(budget=budget, n=n, split=split)
    return score(model.sampler(budget), model.tokenizer, family, exam)


def score(
    sampler: Sampler,
    tokenizer: Tokenizer,
    family: Family,
    exam: Exam,
    progress: Callable[[int, int], None] | None = None,
) -> FamilyResult:
    """Return accuracy and cost of a sampler on a family, each with its interval.

    `progress` is called with (questions judged, questions in all). A model that was never
    taught to think is asked without a thought and judged by the same measure.

    Raises:
        UsageError: there are no such questions, or the verifier failed on every one.
    """
    tasks = questions(family, exam)
    if not tasks:
        level = f" of level {', '.join(map(str, exam.levels))}" if exam.levels else ""
        raise UsageError(f"{family.name} has no {exam.split} questions{level}; give it more rows")
    records: list[Record] = []
    for start in range(0, len(tasks), REQUESTS_AT_ONCE):
        asked = tasks[start : start + REQUESTS_AT_ONCE]
        requests = [
            _request(tokenizer, task, exam, (start + place) * exam.samples + sample)
            for place, task in enumerate(asked)
            for sample in range(exam.samples)
        ]
        rollouts = sampler.sample(requests)
        records += [
            _record(tokenizer, family, task, rollouts[place * exam.samples :][: exam.samples])
            for place, task in enumerate(asked)
        ]
        if progress is not None:
            progress(len(records), len(tasks))
    return summarise(family.name, exam.split, records)


def judge_again(saved: FamilyResult, family: Family, exam: Exam) -> FamilyResult:
    """Return a saved result with its answers judged by the family as it is now.

    Questions that the family does not have any more are left out.

    Raises:
        UsageError: none is left, or the verifier failed on every one.
    """
    tasks = {task.question: task for task in questions(family, _whole(family, exam))}
    records = [
        _judged_again(family, tasks[record.question], record)
        for record in saved.records
        if record.question in tasks
    ]
    if not records:
        raise UsageError(f"{family.name} has none of the saved questions any more: evaluate anew")
    return summarise(family.name, saved.split, records)


def _judged_again(family: Family, task: Task, record: Record) -> Record:
    """Of several answers an older file kept one: how many were right is then not known again."""
    answers = record.answers or [record.answer]
    judged = replace(record, **_judged(family, task, record.answer, answers))
    if len(answers) == record.samples:
        return judged
    same = (judged.target, judged.strict) == (record.target, record.strict)
    return replace(judged, right=record.right if same else None)


def _whole(family: Family, exam: Exam) -> Exam:
    """Return the exam, with all questions of a family that has an end."""
    num = size(family, exam.split)
    return exam if num is None else replace(exam, n=num * max(1, len(exam.levels)))


def questions(family: Family, exam: Exam) -> list[Task]:
    """Return the tasks of an exam, no question twice; level by level."""
    if len(exam.levels) > 1:
        counts = [len(range(i, exam.n, len(exam.levels))) for i in range(len(exam.levels))]
        parts = [
            questions(family, replace(exam, levels=(level,), n=count))
            for level, count in zip(exam.levels, counts, strict=True)
            if count
        ]
        return [task for part in parts for task in part]
    (level,) = exam.levels or (None,)
    found: dict[str, Task] = {}
    for number in _numbers(family, exam, level):
        task = family.generate(exam.split, number, level)
        found.setdefault(task.question, task)
        if len(found) == exam.n:
            break
    return list(found.values())


def _numbers(family: Family, exam: Exam, level: int | None) -> Iterator[int]:
    """Yield the numbers of tasks to look at: each one of a finite split, or enough to find n."""
    num = size(family, exam.split, level)
    if num is not None:
        return ((exam.seed * exam.n + i) % num for i in range(num))
    first = exam.seed * NUMBERS_PER_SEED
    return iter(range(first, first + TRIES_PER_QUESTION * exam.n))


def _request(tokenizer: Tokenizer, task: Task, exam: Exam, seed: int) -> Request:
    return Request(
        prompt=prompt_tokens(tokenizer, task.question, exam.budget, system=exam.system),
        budget=exam.budget,
        temperature=exam.temperature,
        seed=seed,
    )


def _record(
    tokenizer: Tokenizer, family: Family, task: Task, rollouts: Sequence[Rollout]
) -> Record:
    """Judge the answer that most rollouts of a question give; the thinking of all is counted.

    In a vote neither white space nor the case of letters makes two answers of one.
    """
    answers = [answer_text(tokenizer, rollout) for rollout in rollouts]
    given = [canonical(answer) for answer in answers]
    place = given.index(Counter(given).most_common(1)[0][0])
    chosen = rollouts[place]
    return Record(
        **_judged(family, task, answers[place], answers),
        thought_tokens=sum(map(thought_length, rollouts)),
        thought_end=str(chosen.thought_end),
        truncated=chosen.end is not End.DONE,
        samples=len(rollouts),
        answers=tuple(answers) if len(answers) > 1 else (),
        seconds=chosen.seconds,
        looped=chosen.looped,
    )


def _judged(family: Family, task: Task, answer: str, answers: Sequence[str]) -> dict[str, Any]:
    """Return what a record says of its task, and of the answer that counts for it."""
    verdicts = {text: verify.judge(family, task, text) for text in {answer, *answers}}
    verdict = verdicts[answer]
    return {
        "key": task.key,
        "level": task.level,
        "cluster": str(task.metadata.get("cluster", task.key)),
        "question": task.question,
        "target": task.target,
        "answer": answer,
        "strict": verdict.reward,
        "lenient": float(verdict.reward == 1 or verify.lenient(task, answer)),
        "right": sum(verdicts[text].reward == 1 for text in answers),
        "why": verdict.why,
    }


def thought_length(rollout: Rollout) -> int:
    """Return the tokens of a thought, without the marker that closes it."""
    return max(0, len(rollout.thought) - (rollout.thought_end is not ThoughtEnd.NONE))
