"""Several problems at once: each thread gets the answers that it would get alone."""

import time
from pathlib import Path

import pytest

from cogitate.errors import UsageError
from cogitate.runs.opening import load
from cogitate.types import Budget, Request
from cogitate.work.solving import Sample

BENCH = Path(__file__).resolve().parent.parent / "bench"
QUESTIONS = [f"What is {number} + 5?" for number in range(12)]


@pytest.fixture(autouse=True)
def bench(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let tests import the benchmarks' modules."""
    monkeypatch.syspath_prepend(str(BENCH))


def answers(at_once: int) -> dict[str, list[str]]:
    from shared_engine import asker, together

    asks = asker("mini", samples=2, at_once=at_once, answer=8)

    def solve(question: str) -> tuple[str, list[str]]:
        samples = [Sample(prompt=question, temperature=0.0, seed=seed) for seed in range(2)]
        texts = {one.index: one.text for one in asks().ask(samples)}
        return question, [texts[index] for index in sorted(texts)]

    return dict(together(solve, QUESTIONS, at_once))


def test_answers_are_those_of_one_after_the_other() -> None:
    found = answers(4)
    assert found == answers(1)
    assert list(map(len, found.values())) == [2] * len(QUESTIONS)


def test_who_leaves_takes_its_requests_along() -> None:
    from shared_engine import SharedEngine

    loaded = load("mini")
    shared = SharedEngine(loaded.engine(2))
    asked = [Request(prompt=(1,), budget=Budget(think=0, answer=200)) for _ in range(12)]
    begun = shared.generate(asked)
    next(begun)
    begun.close()
    deadline = time.monotonic() + 20
    while shared._running and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not shared._running
    assert not shared._engine.step()


def test_what_the_engine_refuses_is_raised_by_who_asked() -> None:
    from shared_engine import asker

    asks = asker("mini", samples=2, at_once=2, answer=8)
    with pytest.raises(UsageError, match="too short"):
        list(asks().ask([Sample(prompt="x " * 9000, temperature=0.0, seed=0)]))
    (one,) = asks().ask([Sample(prompt="2 + 2?", temperature=0.0, seed=0)])
    assert one.index == 0


def test_a_failure_is_raised_and_ends_all() -> None:
    from shared_engine import together

    done: list[int] = []

    def half(number: int) -> float:
        time.sleep(0.01)
        done.append(number)
        return 1 / number

    with pytest.raises(ZeroDivisionError):
        list(together(half, [1, 0, *range(1, 500)], 2))
    assert len(done) < 500
