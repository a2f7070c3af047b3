"""A bad family is refused, with the probe that it failed."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cogitate.errors import UsageError
from cogitate.tasks.probes import off_by_one, probe, run_probes
from cogitate.types import Task, Verdict
from cogitate.verify.strict import same


class Sums:
    """A family with the verifier that a test gives it."""

    name = "sums"

    def __init__(self, right: Callable[[str, str, str], object]) -> None:
        self.right = right

    def generate(self, split: str, seed: int, level: int | None = None) -> Task:
        number = 2 * seed + (split == "test")
        return Task(
            key=f"sums/{split}/{seed}",
            family=self.name,
            level=level or 1,
            question=f"What is 10 and {number}?",
            target=str(10 + number),
        )

    def verify(self, task: Task, answer: str) -> Verdict:
        return Verdict(reward=float(bool(self.right(task.question, task.target, answer))))


@pytest.mark.parametrize(
    ("right", "failed"),
    [
        (lambda _question, _target, _answer: False, "the correct answer"),
        (lambda _question, target, answer: answer in target, "an empty answer"),
        (lambda question, target, answer: answer in (question, target), "the question's own text"),
        (lambda _question, target, answer: answer and abs(int(answer) - int(target)) < 2
         if answer.isdigit() else False, "an answer off by one"),
        (lambda _question, target, answer: answer in (target, "10"), "another task's answer"),
        (lambda _question, target, answer: target in answer.split(", "), "a list of all answers"),
    ],
)  # fmt: skip
def test_each_fault_is_named(right: Callable[[str, str, str], object], failed: str) -> None:
    with pytest.raises(UsageError, match=f"sums is refused: {failed}: "):
        probe(Sums(right))


def test_a_good_family_stands() -> None:
    family = Sums(lambda _question, target, answer: same(target, answer))
    assert probe(family) is family
    assert all(result.failure is None for result in run_probes(family))


@pytest.mark.parametrize(
    ("target", "miss"),
    [
        ("3", "4"),
        ("-3", "-4"),
        ("x + 9", "x + 10"),
        ("Lima", "Limaa"),
        ("2.5", "3.5"),
        ("31.29°", "34.419°"),
        (r"\frac{1}{2}", r"\frac{1}{3}"),
        ("", "1"),
        ("→", "→1"),
    ],
)
def test_near_misses(target: str, miss: str) -> None:
    assert off_by_one(target) == miss


@given(st.text(min_size=1, max_size=30))
def test_a_near_miss_is_another_answer(target: str) -> None:
    assert not same(target, off_by_one(target))
