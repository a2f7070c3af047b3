"""Plural forms of translated texts.

English, German: 1 is singular, everything else plural.
French: 0 and 1 are singular.
Polish: three forms: 1; numbers that end in 2 to 4, except those that end in 12 to 14; the rest.
"""

import pytest
from nplural import Translator, plural_index

TEXTS = {
    "en": {"files": ["{n} file", "{n} files"], "hello": ["Hello, {name}!"]},
    "fr": {"files": ["{n} fichier", "{n} fichiers"]},
    "pl": {"files": ["{n} plik", "{n} pliki", "{n} plików"]},
}


@pytest.mark.parametrize(("n", "index"), [(0, 1), (1, 0), (2, 1), (21, 1)])
def test_english(n, index):
    assert plural_index("en", n) == index
    assert plural_index("de", n) == index


def test_french():
    assert [plural_index("fr", n) for n in (0, 1, 2)] == [0, 0, 1]


@pytest.mark.parametrize(
    ("n", "index"), [(1, 0), (2, 1), (4, 1), (5, 2), (0, 2), (12, 2), (22, 1), (21, 2), (112, 2)]
)
def test_polish(n, index):
    assert plural_index("pl", n) == index


def test_translate():
    t = Translator(TEXTS, "pl")
    assert [t("files", n=n) for n in (1, 3, 8)] == ["1 plik", "3 pliki", "8 plików"]


def test_placeholders():
    assert Translator(TEXTS, "en")("hello", name="Eva") == "Hello, Eva!"


def test_text_that_is_not_translated_falls_back_to_english():
    assert Translator(TEXTS, "fr")("hello", name="Eva") == "Hello, Eva!"
    assert Translator(TEXTS, "it")("files", n=2) == "2 files"


def test_unknown_text_is_shown_as_its_key():
    assert Translator(TEXTS, "en")("bye") == "bye"
