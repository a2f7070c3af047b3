"""Self-correction: what is counted, and that the causal test finds what is there and no more."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
import torch

from cogitate import models
from cogitate.cli import _dispatch
from cogitate.cli.measuring.scores import reflection_text
from cogitate.evaluate import EvalSpec
from cogitate.evaluate.reflection import Reflection, reflection
from cogitate.evaluate.reflection.causal import MOST_ROUNDS, NUM_CONTINUED
from cogitate.evaluate.reflection.marks import marks_of, places_of_marks
from cogitate.rollout.local import LocalSampler, markers
from cogitate.tasks import load_family
from cogitate.tokenizer import Tokenizer
from cogitate.types import Budget, End, Request, Rollout, ThoughtEnd

POLICY = models.load("mini", dtype=torch.float32)
TOKENIZER = POLICY.tokenizer
FAMILY = load_family("arithmetic")
TEXTS = TOKENIZER.texts()
MARKS = marks_of(TEXTS)
SPEC = EvalSpec(n=12, budget=Budget(think=64, answer=16))


class Thinker:
    """Writes "4 1 no 2" before the answer; `right` decides whether it is the target."""

    def __init__(self, right: Callable[[Request, str], bool], thought: str = " 4 1 no 2") -> None:
        self._right, self._thought = right, TOKENIZER.encode(thought)
        self.seeds: list[int] = []
        self._targets = {
            task.question: task.target
            for task in (FAMILY.generate("test", number) for number in range(60))
        }

    def sample(self, requests: Sequence[Request], then=None, poll=None) -> list[Rollout]:
        return [self._rollout(request) for request in requests]

    def _rollout(self, request: Request) -> Rollout:
        text = TOKENIZER.decode(request.prompt, skip_special=False)
        target = next(t for question, t in self._targets.items() if question in text)
        way = self._way(request)
        answer = target if self._right(request, way) else "999"
        close = TOKENIZER.think_close
        thought = (*self._thought, close) if way == "first" else (close,)
        tokens = (*TOKENIZER.encode(answer), TOKENIZER.end)
        num = len(thought) + len(tokens)
        return Rollout(
            request=request, thought=thought, answer=tokens, logprobs=(0.0,) * num,
            sampled=(True,) * num, thought_end=ThoughtEnd.NATURAL, end=End.DONE, versions=(),
            seconds=0.0,
        )  # fmt: skip

    def _way(self, request: Request) -> str:
        """What is asked: the first thought, an answer within it, or a way to go on."""
        if request.budget.think == 0:
            whole = (*self._thought, TOKENIZER.think_close)
            return "final" if request.prompt[-len(whole) :] == whole else "early"
        if request.temperature == 0:
            return "first"
        self.seeds.append(request.seed)
        if request.banned:
            return "banned" if request.banned == MARKS else "placebo"
        last = request.prompt[-1]
        if last == TOKENIZER.think_open:
            return "retry"
        return "forced" if last in MARKS else "free"


def test_what_a_revision_corrects_is_found() -> None:
    asked: list[str] = []

    def right(request: Request, way: str) -> bool:
        asked.append(way)
        return way in ("final", "free", "forced", "placebo")

    thinker = Thinker(right)
    found = reflection(thinker, TOKENIZER, FAMILY, SPEC)
    assert found is not None
    assert found.marked.mean == 1
    assert found.elsewhere is None
    assert found.at_marks is not None
    assert (found.at_marks.before.mean, found.at_marks.after.mean) == (0, 1)
    assert found.at_marks.corrected is not None
    assert (found.at_marks.corrected.mean, found.at_marks.spoilt) == (1, None)
    assert found.at_marks.tokens == len(TOKENIZER.encode(" no 2"))
    assert {way: share.mean for way, share in found.accuracy.items()} == {
        "free": 1, "banned": 0, "placebo": 1, "forced": 1, "retry": 0,
    }  # fmt: skip
    assert found.worth["banned"].low > 0
    assert found.worth["forced"].mean == found.worth["placebo"].mean == 0
    assert asked.count("banned") == asked.count("retry") == 12 * NUM_CONTINUED
    assert len(set(thinker.seeds)) == 2 * 12 * NUM_CONTINUED  # those of a retry are others


def test_shares_are_of_the_answers_that_may_change() -> None:
    found = reflection(Thinker(lambda _, way: way == "early"), TOKENIZER, FAMILY, SPEC)
    assert found is not None
    assert found.at_marks is not None
    assert found.at_marks.spoilt is not None
    assert (found.at_marks.corrected, found.at_marks.spoilt.mean) == (None, 1)
    text = reflection_text("f", found)
    assert re.search(
        r"at the turn correct 100.0 % \S+ \S+ before, 0.0 % .* at the next place,", text
    )
    assert "of wrong answers become right: none; of right ones wrong: 100.0 %" in text


class Lengthy(Thinker):
    """Goes on for ten tokens, and anew for as many as `natural` gives for a seed, or its cap."""

    def __init__(self, natural: Callable[[int], int]) -> None:
        super().__init__(lambda *_: True)
        self._natural = natural
        self.rounds: list[list[int]] = []

    def sample(self, requests: Sequence[Request], then=None, poll=None) -> list[Rollout]:
        made = super().sample(requests)
        ways = [self._way(request) for request in requests]
        if ways[0] == "retry":
            self.rounds.append([request.seed for request in requests])
        return [
            self._lengthened(rollout, way) if way in ("free", "retry") else rollout
            for rollout, way in zip(made, ways, strict=True)
        ]

    def _lengthened(self, rollout: Rollout, way: str) -> Rollout:
        natural = self._natural(rollout.request.seed) if way == "retry" else 10
        num = min(natural, rollout.request.budget.think)
        end = ThoughtEnd.NATURAL if num == natural else ThoughtEnd.BUDGET
        thought = (*self._thought[:1] * num, *rollout.thought)
        return replace(rollout, thought=thought, thought_end=end)


def retried(natural: Callable[[int], int]) -> tuple[Reflection, list[list[int]]]:
    sampler = Lengthy(natural)
    found = reflection(sampler, TOKENIZER, FAMILY, SPEC)
    assert found is not None
    return found, sampler.rounds


def test_a_retry_has_as_many_tokens_as_thoughts_that_go_on() -> None:
    found, rounds = retried(lambda seed: 2 if seed % 2 else 40)
    assert found.tokens["free"] == 10
    assert found.tokens["retry"] == pytest.approx(10, rel=0.05)
    assert found.is_matched
    assert 1 < len(rounds) <= MOST_ROUNDS
    assert all(seeds == rounds[0] for seeds in rounds)
    assert "not matched" not in reflection_text("f", found)


@pytest.mark.parametrize(
    ("natural", "tokens", "rounds"), [(lambda _: 3, 3, 1), (lambda seed: 9 * (seed % 2) + 1, 6, 1)]
)
def test_a_retry_that_cannot_be_matched_is_told(
    natural: Callable[[int], int], tokens: float, rounds: int
) -> None:
    found, sampled = retried(natural)
    assert not found.is_matched
    assert found.tokens["retry"] == pytest.approx(tokens, abs=1)
    assert len(sampled) == rounds  # more room changes nothing
    assert "the retry is not matched: " in reflection_text("f", found)


def test_marks_without_an_effect_are_worth_nothing() -> None:
    found = reflection(Thinker(lambda *_: True), TOKENIZER, FAMILY, SPEC)
    assert found is not None
    assert found.at_marks is not None
    assert found.at_marks.net.mean == 0
    assert all(gain.low <= 0 <= gain.high for gain in found.worth.values())


def test_thoughts_without_marks_are_described_too() -> None:
    found = reflection(Thinker(lambda _, way: way == "final", " 4 1 2 3"), TOKENIZER, FAMILY, SPEC)
    assert found is not None
    assert (found.marked.mean, found.at_marks, found.accuracy) == (0, None, {})
    assert found.elsewhere is not None
    assert found.elsewhere.net.mean == 1


def test_marks_that_begin_a_line_are_marks_and_those_within_words_are_none() -> None:
    texts = ["\n", "Wait", " know", "No", "tice", ", ", "no", " 3"]
    assert marks_of(texts) == (1, 3)
    request = Request(prompt=(1,), budget=Budget(think=9))

    def places(*thought: int) -> list[int]:
        made = Rollout(
            request=request, thought=thought, answer=(), logprobs=(), sampled=(),
            thought_end=ThoughtEnd.NONE, end=End.DONE, versions=(), seconds=0.0,
        )  # fmt: skip
        return places_of_marks(made, frozenset(marks_of(texts)), texts)

    assert places(7, 0, 1, 5, 3) == [2, 4]
    assert places(7, 0, 3, 4) == []  # "Notice"
    assert places(7, 1, 7) == []  # "3Wait"


def test_what_begins_with_a_mark_is_of_neither_kind() -> None:
    assert reflection(Thinker(lambda *_: True, " no 1 2 3"), TOKENIZER, FAMILY, SPEC) is None


def test_answers_are_taken_along_a_thought() -> None:
    thinker = Thinker(lambda _, way: way == "final", " 4 1 no 2 no 3")
    found = reflection(thinker, TOKENIZER, FAMILY, SPEC)
    assert found is not None
    assert found.at_marks is not None
    assert found.at_marks.corrected is not None
    assert found.at_marks.spoilt is None
    assert (found.at_marks.num, found.at_marks.corrected.mean) == (24, 0.5)


def test_a_ban_holds_in_thoughts_and_nowhere_else() -> None:
    sampler = LocalSampler(POLICY.decoder, markers(TOKENIZER))
    tasks = [FAMILY.generate("test", number) for number in range(8)]
    from cogitate.prompt import prompt_tokens

    budget = Budget(think=48, answer=8)
    plain = [
        Request(prompt=prompt_tokens(TOKENIZER, task.question, budget), budget=budget, seed=i)
        for i, task in enumerate(tasks)
    ]
    free = sampler.sample(plain)
    answered = {token for rollout in free for token in rollout.answer[:-1]}
    often = max(answered, key=lambda token: sum(token in rollout.thought for rollout in free))
    banned = sampler.sample(
        [Request(prompt=r.prompt, budget=budget, seed=r.seed, banned=(often,)) for r in plain]
    )
    assert any(often in rollout.thought for rollout in free)
    assert not any(often in rollout.thought for rollout in banned)
    assert any(often in rollout.answer for rollout in (*free, *banned))


def test_marks_are_words_in_any_case() -> None:
    assert "no" in {TEXTS[token].strip() for token in MARKS}
    texts = [" Wait", "Wait", " no", "no", "\nBut,", " button", " —", " not."]
    assert marks_of(texts) == (0, 1, 2, 4, 7)  # without a capital it may stand within a word
    assert marks_of(Tokenizer.bytes().texts()) == ()


def test_a_piece_of_a_longer_word_is_no_mark() -> None:
    piece = next(token for token in MARKS if TEXTS[token].strip() == "no")
    letter = next(token for token, text in enumerate(TEXTS) if text == "t")
    thinker = Thinker(lambda *_: True)
    thinker._thought = [*TOKENIZER.encode(" 4 1"), piece, letter, *TOKENIZER.encode(" 2")]
    found = reflection(thinker, TOKENIZER, FAMILY, SPEC)
    assert found is not None
    assert found.marked.mean == 0


def test_the_command_measures_a_model(capsys: pytest.CaptureFixture[str]) -> None:
    family = "countdown"
    args = ["--model", "mini", "--family", family, "--n", "8", "--temperature", "1"]
    assert _dispatch(["evaluate", *args, "--reflection"]) == 0
    text = capsys.readouterr().out
    assert f"{family}: " in text
    assert "free minus banned" in text
