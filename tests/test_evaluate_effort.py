"""Thinking against difficulty: with the level, and within a level with what a base gets wrong."""

from dataclasses import replace

import pytest

from cogitate.evaluate import Record, difference, effort, effort_against, summarise


def record(index: int, *, level: int, tokens: int, strict: float = 1.0) -> Record:
    return Record(
        key=str(index), level=level, cluster=str(index), question=str(index), target="1",
        answer="1", strict=strict, lenient=strict, thought_tokens=tokens, thought_end="natural",
        truncated=False,
    )  # fmt: skip


def test_thinking_that_grows_with_the_level_correlates_with_it() -> None:
    found = effort([record(i, level=1 + i % 3, tokens=10 * (i % 3) + i) for i in range(30)])
    assert found.tokens[1] < found.tokens[2] < found.tokens[3]
    assert 0 < found.correlation.low < found.correlation.mean < found.correlation.high < 1


def test_levels_that_are_mostly_wrong_are_left_out() -> None:
    right = [record(i, level=1, tokens=5 + i) for i in range(10)]
    lost = [record(10 + i, level=2, tokens=500, strict=0.0) for i in range(10)]
    found = effort([*right, *lost])
    assert set(found.tokens) == {1}
    assert (found.correlation.low, found.correlation.high) == (-1, 1)


def test_within_levels_only_the_errors_of_the_base_count() -> None:
    # Level 2 takes longer and is failed more often; within a level the two have nothing in common.
    base = [record(i, level=1 + i // 40, tokens=0, strict=float(i % (4 - i // 40 * 2) > 0))
            for i in range(80)]  # fmt: skip
    blind = [record(i, level=1 + i // 40, tokens=100 * (i // 40) + i // 20) for i in range(80)]
    assert effort_against(blind, base).mean == pytest.approx(0, abs=0.1)
    aware = [record(i, level=b.level, tokens=50 + 20 * (b.strict == 0) + i % 7)
             for i, b in enumerate(base)]  # fmt: skip
    assert effort_against(aware, base).low > 0.6


def test_a_question_that_the_base_was_not_asked_is_left_out() -> None:
    ours = [record(i, level=1, tokens=i) for i in range(20)]
    theirs = [record(i, level=1, tokens=0, strict=float(i < 5)) for i in range(10)]
    gap = difference(summarise("f", "test", ours), summarise("f", "test", theirs[::-1]))
    assert gap.effort == effort_against(ours[:10], theirs)


def test_a_task_is_known_by_its_key_where_questions_are_the_same() -> None:
    """As in games, where each task begins alike."""
    ours = [replace(record(i, level=1, tokens=i), question="1-3?") for i in range(20)]
    theirs = [replace(one, strict=float(i < 5)) for i, one in enumerate(ours)]
    gap = difference(summarise("f", "test", ours), summarise("f", "test", theirs[::-1]))
    assert gap.num_questions == 20
    assert gap.strict.mean == 0.75
