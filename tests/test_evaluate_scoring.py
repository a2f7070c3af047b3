"""`evaluate` asks, judges and sums up; two results are compared question by question."""

import json
from collections import Counter
from dataclasses import replace

import pytest

from cogitate.errors import UsageError
from cogitate.evaluate import EvalSpec, difference, from_json, judge_again, score
from cogitate.evaluate.result import pass_at
from cogitate.evaluate.scoring import default_n, questions
from cogitate.rollout.local import markers
from cogitate.rollout.scripted import ScriptedSampler
from cogitate.tasks.splits import ALL
from cogitate.types import Budget, Verdict
from sums import TOKENIZER, Sums

BUDGET = Budget(think=8, answer=12)


class Few(Sums):
    """A split with an end."""

    def size(self, split, level=None):
        return 7

    def generate(self, split, seed, level=None):
        assert seed < 7
        return super().generate(split, seed, level)


class Split(Sums):
    """16 training and 4 test questions, half of them of level 1."""

    def size(self, split, level=None):
        return {"train": 16, "test": 4}[split] // (1 if level is None else 2)

    def generate(self, split, seed, level=None):
        return super().generate(split, seed + 40 * (split == "test") + 20 * (level == 2), level)


class Broken(Sums):
    """A verifier that fails on every other question, or on all."""

    def __init__(self, *, always=False):
        self.always = always

    def verify(self, task, answer):
        if self.always or int(task.key.rsplit("/")[-1]) % 2:
            raise RuntimeError("no verdict today")
        return super().verify(task, answer)


def sampler(answer, thought="hm"):
    """Answer by a function of the two numbers, after a thought."""

    def script(request):
        question = TOKENIZER.decode(request.prompt).split("=")[0]
        a, b = question[-3], question[-1]
        thinks = request.prompt[-1] == TOKENIZER.think_open
        start = [*TOKENIZER.encode(thought), TOKENIZER.think_close] if thinks else []
        return [*start, *TOKENIZER.encode(answer(int(a), int(b))), TOKENIZER.end]

    return ScriptedSampler(script, markers(TOKENIZER))


def right(a, b):
    return str(a + b)


def wordy(a, b):
    return f"It is {a + b}."


def result(answer=right, family=None, n=60, budget=BUDGET, **spec):
    return score(sampler(answer), TOKENIZER, family or Sums(), EvalSpec(budget=budget, n=n, **spec))


def test_a_perfect_model():
    perfect = result()
    assert (perfect.strict.mean, perfect.lenient.mean, perfect.truncated.mean) == (1, 1, 0)
    assert perfect.num_questions == 60
    assert perfect.num_clusters == 10
    assert perfect.thought_ends == {"natural": 60}
    assert perfect.thought_tokens_mean == perfect.thought_tokens_p90 == len("hm")
    assert perfect.strict.low < 0.8, "ten clusters prove little"


def test_strict_wants_the_answer_alone_and_lenient_reads_it():
    talks = result(wordy)
    assert (talks.strict.mean, talks.lenient.mean) == (0, 1)


@pytest.mark.parametrize(("levels", "which"), [((), ""), ((2, 3), " of level 2, 3")])
def test_no_questions_at_all_are_said(levels, which, monkeypatch):
    monkeypatch.setattr(Few, "size", lambda *_: 0)
    with pytest.raises(UsageError, match=f"sums has no ood questions{which}; give it more rows"):
        result(family=Few(), split="ood", levels=levels)


def test_a_long_answer_is_truncated():
    babble = result(lambda a, b: "well, that depends on how you look at it")
    assert babble.truncated.mean == 1


def test_thinking_is_bounded_by_the_budget():
    long = score(sampler(right, "h" * 30), TOKENIZER, Sums(), EvalSpec(budget=BUDGET, n=20))
    assert long.thought_tokens_p90 == BUDGET.think
    assert long.thought_ends == {"budget": 20}


def test_without_thinking():
    assert result(budget=Budget(think=0, answer=8), n=20).thought_ends == {"none": 20}


def test_majority_answer_and_levels():
    found = result()
    targets = [record.target for record in found.records]
    mode = max(targets, key=targets.count)
    assert targets.count(found.majority.answer) == targets.count(mode)
    assert found.majority.share.mean == targets.count(mode) / 60
    assert {level: scores.num_questions for level, scores in found.levels.items()} == {1: 30, 2: 30}
    assert set(result(levels=(3,)).levels) == {3}
    several = result(levels=(2, 4), n=41)
    assert {level: found.num_questions for level, found in several.levels.items()} == {2: 21, 4: 20}


def test_no_question_is_asked_twice():
    tasks = questions(Sums(), EvalSpec(budget=BUDGET, n=1000))
    assert len(tasks) == len({task.question for task in tasks}) == 100


def test_a_finite_split_is_asked_once_round():
    assert result(family=Few(), n=50).num_questions == 7
    first = {t.question for t in questions(Few(), EvalSpec(budget=BUDGET, n=3))}
    second = {t.question for t in questions(Few(), EvalSpec(budget=BUDGET, n=3, seed=1))}
    assert first.isdisjoint(second)


def splits(tasks):
    return Counter(task.key.split("/")[1] for task in tasks)


def test_the_split_all_has_train_and_test_in_proportion():
    spec = EvalSpec(budget=BUDGET, split=ALL, n=default_n([Split()], ALL))
    assert spec.n == 20
    whole = questions(Split(), spec)
    apart = [questions(Split(), replace(spec, split=split)) for split in ("train", "test")]
    assert {task.key for task in whole} == {task.key for part in apart for task in part}
    assert splits(whole) == {"train": 16, "test": 4}
    few = questions(Split(), replace(spec, n=5))
    assert splits(few) == {"train": 4, "test": 1}
    others = questions(Split(), replace(spec, n=5, seed=1))
    assert {task.key for task in few}.isdisjoint(task.key for task in others)


def test_the_split_all_has_every_question_of_each_level():
    spec = EvalSpec(budget=BUDGET, split=ALL, levels=(1, 2), n=default_n([Split()], ALL, 2))
    asked = questions(Split(), spec)
    assert Counter(task.level for task in asked) == {1: 10, 2: 10}
    assert splits(asked) == {"train": 16, "test": 4}


def test_the_split_all_is_refused_without_an_end():
    with pytest.raises(UsageError, match=r"sums generates questions without end: split all needs"):
        result(split=ALL)
    with pytest.raises(UsageError, match=r"without end"):
        default_n([Split(), Sums()], ALL)
    assert default_n([Sums()], "test") == 200


def test_results_of_the_split_all_say_so_and_are_judged_again():
    found = result(family=Split(), split=ALL, n=20)
    assert found.split == from_json(found.to_json()).split == ALL
    again = judge_again(found, Split(), EvalSpec(budget=BUDGET, split=ALL, n=3))
    assert (again.split, again.strict) == (ALL, found.strict)
    assert again.num_questions == 20


def test_a_verifier_that_fails_is_counted_and_left_out():
    half = result(family=Broken(), n=40)
    assert half.num_questions == 40
    assert half.num_verifier_failed == 20
    assert half.strict.mean == 1
    with pytest.raises(UsageError, match=r"could be judged: .*no verdict today"):
        result(family=Broken(always=True), n=4)


def test_progress_is_reported():
    progress = []
    spec = EvalSpec(budget=BUDGET, n=100)
    score(
        sampler(right), TOKENIZER, Sums(), spec, lambda done, total: progress.append((done, total))
    )
    assert progress[-1] == (100, 100)


def test_paired_difference():
    def errs(a, b):
        return "?" if (a + b) % 4 == 0 else str(a + b)

    gap = difference(result(), result(errs))
    assert gap.num_questions == 60
    assert gap.strict.mean == pytest.approx(1 - result(errs).strict.mean)
    assert 0 < gap.strict.low < gap.strict.mean < gap.strict.high
    same = difference(result(), result())
    assert same.strict.mean == 0
    assert same.strict.low < 0 < same.strict.high
    with pytest.raises(UsageError, match="no question in common"):
        difference(result(n=5), result(n=5, seed=0, split="train"))


def test_json_there_and_back():
    found = result(wordy)
    values = json.loads(json.dumps(found.to_json()))
    for measure in ("strict", "lenient"):
        assert set(values[measure]) == {"mean", "low", "high"}
    assert from_json(values) == found
    with pytest.raises(UsageError, match="not an evaluation"):
        from_json({"family": "sums"})


def test_verdicts_are_kept():
    record = result(wordy, n=1).records[0]
    assert record.strict == 0
    assert "expected" in record.why
    assert Verdict(reward=record.strict, why=record.why)


def test_several_samples_give_pass_at_k():
    def script(request):
        answer = right if request.seed % 4 == 0 else (lambda a, b: str(request.seed))
        return sampler(answer)._script(request)

    spec = EvalSpec(n=12, budget=BUDGET, samples=4, temperature=1.0)
    result = score(ScriptedSampler(script, markers(TOKENIZER)), TOKENIZER, Sums(), spec)
    assert {(record.samples, record.right) for record in result.records} == {(4, 1)}
    assert {k: chance.mean for k, chance in result.pass_at.items()} == {1: 0.25, 2: 0.5, 4: 1.0}
    assert 0 < result.thought_tokens_mean <= (BUDGET.think or 0), "of one rollout"
    assert from_json(json.loads(json.dumps(result.to_json()))).pass_at == result.pass_at
    old = result.to_json()
    for record in old["records"]:
        del record["samples"], record["right"]
    assert from_json(old).pass_at == {}


def test_a_vote_counts_answers_that_differ_in_case_or_white_space_as_one():
    def script(request):
        votes = (lambda a, b: "Three", lambda a, b: "three", right, right, lambda a, b: "THREE")
        return sampler(votes[request.seed % 5])._script(request)

    spec = EvalSpec(n=4, budget=BUDGET, samples=5, temperature=1.0)
    result = score(ScriptedSampler(script, markers(TOKENIZER)), TOKENIZER, Sums(), spec)
    assert {record.answer for record in result.records} == {"Three"}
    assert {record.right for record in result.records} == {2}


@pytest.mark.parametrize(
    ("right", "expected"), [(0, 0.0), (1, 0.25), (8, 1.0), (7, 1.0), (6, 27 / 28)]
)
def test_pass_at_k_is_what_drawing_k_of_the_samples_gives(right, expected):
    assert pass_at(2, 8, right) == pytest.approx(expected)
