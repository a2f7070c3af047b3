"""Questions outside of mini's families, and the sentence that mini answers."""

from cogitate.tasks import load_family
from cogitate.tasks.families.outside.questions import ANSWER, _lines

OWN = ("countdown", "arithmetic", "calendar")


def test_the_sentence_alone_counts() -> None:
    family = load_family("outside")
    task = family.generate("test", 0)
    assert family.verify(task, ANSWER).reward == 1
    assert family.verify(task, f"{ANSWER} But it is 4.").reward == 0
    assert all(name in ANSWER for name in OWN)


def test_no_question_is_one_of_its_own_families() -> None:
    outside = load_family("outside")
    asked = {outside.generate(split, seed).question
             for split in ("train", "test") for seed in range(500)}  # fmt: skip
    for name in OWN:
        family = load_family(name)
        assert not asked & {family.generate("train", seed).question for seed in range(500)}


def test_there_are_many_lines_and_none_is_of_both_splits() -> None:
    train, test = ({line.lower().rstrip("?.! ") for line in _lines(split)} - {"{word}"}
                   for split in ("train", "test"))  # fmt: skip
    assert len(train) > 150 < len(test)
    assert not train & test
