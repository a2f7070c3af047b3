"""Questions outside of mini's families, and the sentence that mini answers."""

from cogitate.recipes.mini import TASKS
from cogitate.tasks import load_family, size
from cogitate.tasks.contamination import shares_words
from cogitate.tasks.families.outside.unknown import _OTHERS, ANSWER, _lines

OWN = {task.family for task in TASKS}


def test_the_sentence_alone_counts() -> None:
    family = load_family("outside")
    task = family.generate("test", 0)
    assert family.verify(task, ANSWER).reward == 1
    assert family.verify(task, f"{ANSWER} But it is 4.").reward == 0
    assert all(name in ANSWER for name in OWN)
    assert family.verify(task, "").reward == 0


def test_no_question_is_one_of_minis_families() -> None:
    assert {"countdown", "arithmetic", "calendar"} == OWN
    assert OWN.isdisjoint(family.name for family in _OTHERS)


def test_there_are_many_lines_and_none_is_of_both_splits() -> None:
    train, test = ({line.lower().rstrip("?.! ") for line in _lines(split)} - {"{word}"}
                   for split in ("train", "test"))  # fmt: skip
    assert len(train) > 150 < len(test)
    assert not train & test


def test_replies_are_the_models_own_and_of_no_benchmark() -> None:
    family = load_family("replies")
    tasks = [family.generate(split, seed) for split in ("train", "test")
             for seed in range(size(family, split) or 0)]  # fmt: skip
    assert len(tasks) > 300
    for task in tasks:
        assert family.demonstrate(task) == ("", task.target)
        assert family.verify(task, task.target).reward == 1
        assert not shares_words(task.question, task.target)
        text = f"{task.question} {task.target}".casefold()
        assert not any(word in text for word in ("capital", "currenc", "chemical symbol"))
