"""Several problems at once: each thread gets the answers that it would get alone."""

from pathlib import Path

import pytest

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
    from shared_engine import asker

    asks = asker("mini", samples=2, at_once=2, answer=8)
    begun = asks().ask([Sample(prompt=question, temperature=0.0, seed=0) for question in QUESTIONS])
    next(begun)
    begun.close()
    assert [
        one.index for one in asks().ask([Sample(prompt="2 + 2?", temperature=0.0, seed=0)])
    ] == [0]


def test_a_failure_is_raised_and_ends_all() -> None:
    from shared_engine import together

    with pytest.raises(ZeroDivisionError):
        list(together(lambda number: 1 / number, [1, 0, *range(1, 50)], 2))
