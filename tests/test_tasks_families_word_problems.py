"""Word problems: their steps, and the split that these decide."""

import re

from hypothesis import given

from cogitate.tasks import load_family
from cogitate.tasks.families import countdown
from test_tasks_families import SEEDS, demonstrations


def test_a_word_problem_is_in_one_split_in_whatever_words() -> None:
    family = load_family("word_problems")
    for level in range(1, 7):
        steps = {
            split: {tuple(family.generate(split, seed, level).metadata["steps"])
                    for seed in range(300)}
            for split in ("train", "test", "ood")
        }  # fmt: skip
        assert not steps["train"] & steps["test"]
        assert not steps["train"] & steps["ood"]
        assert len(steps["test"]) > 60


@given(SEEDS)
def test_steps_of_word_problems_hold(seed: int) -> None:
    family = load_family("word_problems")
    task = family.generate("train", seed, 1 + seed % 6)
    steps = re.findall(r"(\d+) ([-+*/]) (\d+) = (\d+)\.", demonstrations(family, task)[1])
    for a, sign, b, c in steps:
        assert countdown.result((int(a), sign, int(b))) == int(c)
    assert steps[-1][3] == task.target
    assert int(task.target) >= 0
    if task.level <= 4:
        assert len(steps) == task.level
        known = {*re.findall(r"\d+", task.question), *(c for *_, c in steps)}
        assert all({a, b} - known <= set(map(str, range(13))) for a, _, b, _ in steps)


def test_sentences_begin_with_a_capital_or_a_number() -> None:
    family = load_family("word_problems")
    for seed in range(2000):
        question = family.generate("train", seed).question
        for sentence in re.split(r"(?<=[.?]) ", question):
            assert not sentence[0].islower(), question


def test_what_it_is_in_a_story_is_no_bus_beside_it() -> None:
    family = load_family("word_problems")
    assert not any("by bus" in family.generate("train", seed).question for seed in range(2000))
