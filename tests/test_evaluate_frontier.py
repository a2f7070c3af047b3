"""The frontier: levels are asked in turn until nothing is right any more."""

import pytest

from cogitate.errors import UsageError
from cogitate.evaluate import EvalSpec, Interval, find_frontier
from cogitate.evaluate.frontier import crossing
from cogitate.rollout.local import markers
from cogitate.rollout.scripted import ScriptedSampler
from cogitate.types import Budget, Request
from sums import TOKENIZER, Sums

SPEC = EvalSpec(n=60, budget=Budget(think=0, answer=8))


class Levels(Sums):
    """The level is asked for with the question."""

    num_levels = 6

    def generate(self, split, seed, level=None):
        task = super().generate(split, seed, level)
        fields = {name: getattr(task, name) for name in type(task).__slots__}
        return type(task)(**{**fields, "question": f"{level}:{task.question}"})


def knows(shares: dict[int, float]) -> ScriptedSampler:
    """Right on that share of a level's questions: those with small summands."""

    def script(request: Request) -> list[int]:
        text = TOKENIZER.decode(request.prompt)
        level, _, asked = text.strip().rpartition("u ")[-1].split("=")[0].partition(":")
        a, b = map(int, asked.split("+"))
        right = a < 10 * shares.get(int(level), 0.0)
        return [*TOKENIZER.encode(str(a + b if right else 99)), TOKENIZER.end]

    return ScriptedSampler(script, markers(TOKENIZER))


def test_levels_are_asked_until_nothing_is_right() -> None:
    found = find_frontier(knows({1: 1.0, 2: 1.0, 3: 0.4}), TOKENIZER, Levels(), SPEC)
    assert [round(share.mean, 1) for share in found.levels.values()] == [1.0, 1.0, 0.4, 0.0]
    assert found.half == pytest.approx(2 + 0.5 / 0.6)
    assert found.most == pytest.approx(2 + 0.1 / 0.6)
    assert found.highest == 6


def test_it_rises_with_the_model_to_the_hardest_level() -> None:
    found = find_frontier(knows(dict.fromkeys(range(1, 7), 1.0)), TOKENIZER, Levels(), SPEC)
    assert (found.half, found.most) == (6.0, 6.0)


class Gaps(Levels):
    """Nothing is asked of some levels."""

    def __init__(self, *empty: int) -> None:
        self.empty = empty

    def size(self, split, level=None):
        return 0 if level in self.empty else 60


def test_a_level_without_questions_is_left_out() -> None:
    found = find_frontier(knows({1: 1.0, 3: 1.0}), TOKENIZER, Gaps(2, 4), SPEC)
    assert list(found.levels) == [1, 3, 5]
    assert (found.half, found.most) == (pytest.approx(4), pytest.approx(3.2))
    with pytest.raises(UsageError, match="sums has no test questions of level 1; give it more"):
        find_frontier(knows({}), TOKENIZER, Gaps(*range(1, 7)), SPEC)


def test_a_family_without_levels_has_none() -> None:
    with pytest.raises(UsageError, match="has no levels"):
        find_frontier(knows({}), TOKENIZER, Sums(), SPEC)


@pytest.mark.parametrize(
    ("means", "at"), [([0.8, 0.2], 1.5), ([0.2], 0.625), ([1.0, 0.6, 0.4, 0.9], 2.5), ([0.5], 1.0)]
)
def test_the_first_crossing_counts(means: list[float], at: float) -> None:
    levels = {i: Interval(mean=mean, low=0, high=1) for i, mean in enumerate(means, start=1)}
    assert crossing(levels, 0.5) == pytest.approx(at)
