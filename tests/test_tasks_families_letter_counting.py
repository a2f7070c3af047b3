"""The house test asks what it says, and its worked solutions are right."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cogitate.tasks.families import letter_counting, spelling, words
from cogitate.tasks.families.letter_counting import LetterCounting, count_thought

FAMILY = LetterCounting()
TEXTS = st.from_regex(r"[a-zA-Z]{1,12}( [a-zA-Z]{1,12}){0,2}", fullmatch=True)


@pytest.mark.parametrize(
    ("text", "letter", "straight", "thought"),
    [
        ("strawberry", "r", True, " s t r1 a w b e r2 r3 y"),
        ("strawberry", "r", False, " _strawberry STRAWBERRY s t r1 a w b e r2 r3 y"),
        ("Banana", "A", True, " b a1 n a2 n a3"),
        ("cat", "z", False, " _cat CAT c a t"),
        ("red car", "r", True, " r1 e d , c a r2"),
        ("red car", "r", False, " _red RED r1 e d , _car CAR c a r2"),
    ],
)
def test_thoughts_spell_and_number(text: str, letter: str, straight: bool, thought: str) -> None:
    assert count_thought(text, letter, straight=straight) == thought


@given(TEXTS, st.sampled_from("abcdefghijklmnopqrstuvwxyz"), st.booleans())
def test_a_thought_holds_every_letter_and_the_count(text: str, letter: str, straight: bool) -> None:
    steps = count_thought(text, letter, straight=straight).split()
    letters = [step for step in steps if step == "," or step.rstrip("0123456789").islower()]
    letters = [step for step in letters if len(step.rstrip("0123456789")) == 1]
    spelled = "".join(step.rstrip("0123456789") for step in letters).replace(",", " ")
    assert spelled == text.lower()
    numbers = [int(step[1:]) for step in letters if len(step) > 1]
    assert numbers == list(range(1, text.lower().count(letter) + 1))


def test_people_spell_in_both_ways() -> None:
    task = FAMILY.generate("train", 1)
    (careful, answer), straight = FAMILY.demonstrate(task), FAMILY.demonstrate_straight(task)
    assert "_" in careful
    assert "_" not in straight[0]
    assert answer == straight[1] == task.target


@pytest.mark.parametrize("split", ["train", "test", "ood"])
def test_targets_are_counts_of_the_text(split: str) -> None:
    for seed in range(500):
        task = FAMILY.generate(split, seed)
        text, letter = task.metadata["text"], task.metadata["letter"]
        assert text in task.question.lower()
        assert task.target == str(text.count(letter))


@pytest.mark.parametrize("split", ["train", "test", "ood"])
def test_the_mixture_is_as_promised(split: str) -> None:
    tasks = [FAMILY.generate(split, seed) for seed in range(1000)]
    targets = Counter(task.target for task in tasks)
    assert targets["0"] == 200
    assert max(targets.values()) < 500  # what always giving one answer would score
    levels = Counter(task.level for task in tasks)
    assert all(levels[level] >= 100 for level in (1, 2, 3, 4))
    assert (levels[5] > 0) == (split == "train")
    doubled = [t for t in tasks if t.metadata["letter"] * 2 in t.metadata["text"]]
    assert len(doubled) > 60
    cased = [t for t in tasks if t.metadata["text"] not in t.question]
    assert 150 < len(cased) < 350


@pytest.mark.parametrize("level", range(1, 7))
def test_levels_are_lengths(level: int) -> None:
    for seed in range(50):
        text = FAMILY.generate("train", seed, level).metadata["text"]
        parts = text.split()
        assert len(parts) == {5: 2, 6: 3}.get(level, 1)
        min_letters, max_letters = words.LETTERS_BY_LEVEL.get(level, (3, 11))
        assert all(min_letters <= len(part) <= max_letters for part in parts)


def test_test_questions_have_phrasings_of_their_own() -> None:
    train, test = set(letter_counting.TRAIN_PHRASINGS), set(letter_counting.TEST_PHRASINGS)
    assert len(train) >= 8
    assert len(test) >= 4
    assert not train & test


@pytest.mark.weights
def test_half_of_the_test_words_are_one_token(smollm2) -> None:
    pieces = set(smollm2.tokenizer.texts())
    tasks = [FAMILY.generate("test", seed) for seed in range(1000)]
    single = sum(f" {task.metadata['text']}" in pieces for task in tasks)
    assert single >= 550
    assert len({task.metadata["text"] for task in tasks}) >= 600


def test_spelling_spells() -> None:
    family = spelling.Spelling()
    for seed in range(100):
        task = family.generate("train", seed)
        word = task.metadata["text"]
        assert task.target.replace(" ", "") == (word[::-1] if seed % 2 else word)


def test_lessons_are_of_free_words_and_pieces_only() -> None:
    pieces = [" car", "ious", " Banana", "berry", " 12", "STRAWBERRY", "xy", " Strawberries"]
    lessons = spelling.Spelling().lessons(pieces)
    taught = {lesson.question: lesson.target for lesson in lessons}
    assert taught[" car:"] == " _car CAR c a r"
    assert taught["ious ="] == " _ious IOUS"
    assert len(words.train_words()) / 4 < len(taught) < len(words.train_words()) / 2
    questions = {question.rstrip(" :=") for question in taught}
    assert not {" Banana", "STRAWBERRY", " Strawberries", " 12", "xy"} & questions
    for lesson in lessons[:: len(lessons) // 500]:
        word = lesson.metadata["text"]
        assert word in lesson.question.lower()
        assert not words.is_held_out(lesson.question)
        assert lesson.target.split()[:2] == ["_" + word, word.upper()]
        assert "".join(lesson.target.split()[2:]) in ("", word)
