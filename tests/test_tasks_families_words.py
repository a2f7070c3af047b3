"""No word that is tested was ever trained on, in any of its forms."""

import re
import subprocess
import sys
from random import Random

import pytest

from cogitate.tasks.families import letter_counting, spelling, words
from cogitate.tasks.families.irregular import forms_of

TIME_FIRST_USE = """
import time
from cogitate.tasks.families.letter_counting import LetterCounting
LetterCounting().generate("train", 0); LetterCounting().generate("ood", 0)
print(time.process_time())
"""


def test_words_are_many_and_frequent() -> None:
    train, test = words.train_words(), words.test_words()
    assert 30_000 < len(train) < 45_000
    assert sum(3 <= len(word) <= 14 for word in test) >= 1000
    assert all(re.fullmatch("[a-z]{2,20}", word) for word in (*train, *test))
    assert train[0] == "the"
    for min_letters, max_letters in words.LETTERS_BY_LEVEL.values():
        assert sum(min_letters <= len(word) <= max_letters for word in test) > 100


def test_no_train_word_is_a_test_word_in_any_form() -> None:
    train, test = set(words.train_words()), set(words.test_words())
    assert not train & test
    long = [word for word in test if len(word) >= 5]
    forms = {word + end for word in long for end in ("s", "es")} | {
        stem + end
        for word in long
        for stem in (word, word.removesuffix("e"), word + word[-1])
        for end in ("ed", "ing", "er", "ers", "est")
    }
    assert not train & forms
    ends = tuple(long)
    assert not [word for word in train if word.startswith(ends) or word.endswith(ends)]


@pytest.mark.parametrize("word", words.PINNED_TEST_WORDS)
def test_the_pinned_words_are_tested(word: str) -> None:
    assert word in words.test_words()
    for form in (
        word,
        word.upper(),
        word.capitalize(),
        word + "s",
        word + "'s",
        word[:3] + " " + word[3:],
    ):
        assert words.is_held_out(form)


@pytest.mark.parametrize("form", ["strawberries", "bananas", "bookkeeping", "Straw-Berry jam"])
def test_forms_of_pinned_words_are_held_out(form: str) -> None:
    assert words.is_held_out(form)


@pytest.mark.parametrize("form", ["men", "Wives", "taught", "thrown", "slept", "laid", "analyses"])
def test_irregular_forms_of_test_words_are_held_out(form: str) -> None:
    """Their words (man, wife, teach, throw, sleep, lay, analysis) are test words."""
    assert set(forms_of(form.lower())) & set(words.test_words())
    assert words.is_held_out(form)
    assert not set(forms_of(form.lower())) & set(words.train_words())


@pytest.mark.parametrize("word", ["blueberry", "the", "keeper", "straw", "berry", "bandana"])
def test_other_words_are_free(word: str) -> None:
    assert not words.is_held_out(word)


def test_no_phrasing_contains_a_test_word() -> None:
    phrasings = [
        *letter_counting.TRAIN_PHRASINGS,
        letter_counting.CASE_NOTES["train"],
        "word phrase",
        *(phrasing for both in spelling.PHRASINGS.values() for phrasing in both),
    ]
    for phrasing in phrasings:
        for word in re.findall(r"[a-z]+", re.sub(r"{\w+}", "", phrasing.lower())):
            assert not words.is_held_out(word), phrasing


@pytest.mark.parametrize("kind", [letter_counting.LetterCounting, spelling.Spelling])
def test_no_train_task_contains_a_test_word(kind: type) -> None:
    family = kind()
    for seed in range(3000):
        task = family.generate("train", seed)
        assert not any(map(words.is_held_out, task.metadata["text"].split())), task


def test_nonce_words_are_in_no_dictionary() -> None:
    made = words.nonce_words(3, 300)
    assert made == words.nonce_words(3, 300)
    assert len(set(made)) == 300
    assert not set(made) & {*words.train_words(), *words.test_words()}
    rng = Random(1)
    assert not {words.nonce_word(rng, 6, "train") for _ in range(300)} & {
        words.nonce_word(rng, 6, "ood") for _ in range(300)
    }


def test_blends_are_made_up_and_free() -> None:
    rng = Random(2)
    made = {words.blend(rng) for _ in range(2000)}
    assert len(made) > 1900
    assert all(4 <= len(word) <= 14 and not words.is_held_out(word) for word in made)
    assert not made & {*words.ranked_words(), *words.nonce_words(3, 1000)}


def test_first_use_is_quick() -> None:
    done = subprocess.run(
        [sys.executable, "-c", TIME_FIRST_USE], capture_output=True, text=True, check=True
    )
    assert float(done.stdout) < 3.0  # of processor time, 1 when nobody else is at work
