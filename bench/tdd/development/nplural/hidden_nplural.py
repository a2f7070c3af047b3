import pytest
from nplural import Translator, plural_index

TEXTS = {
    "en": {"mails": ["{n} letter", "{n} letters"], "title": ["Inbox of {user}"]},
    "de": {"mails": ["{n} Brief", "{n} Briefe"], "title": ["Eingang von {user}"]},
    "pl": {"mails": ["{n} list", "{n} listy", "{n} listów"]},
    "fr": {"mails": ["{n} lettre", "{n} lettres"]},
}


@pytest.mark.parametrize(
    ("language", "n", "index"),
    [
        ("en", 101, 1),
        ("de", 1, 0),
        ("fr", 100, 1),
        ("pl", 3, 1),
        ("pl", 13, 2),
        ("pl", 14, 2),
        ("pl", 104, 1),
        ("pl", 114, 2),
        ("pl", 101, 2),
        ("pl", 33, 1),
    ],
)
def test_index(language, n, index):
    assert plural_index(language, n) == index


def test_translate():
    assert Translator(TEXTS, "de")("mails", n=1) == "1 Brief"
    assert Translator(TEXTS, "de")("mails", n=0) == "0 Briefe"
    assert Translator(TEXTS, "fr")("mails", n=0) == "0 lettre"
    assert Translator(TEXTS, "pl")("mails", n=7) == "7 listów"
    assert Translator(TEXTS, "de")("title", user="Max") == "Eingang von Max"


def test_fallback():
    assert Translator(TEXTS, "pl")("title", user="Max") == "Inbox of Max"
    assert Translator(TEXTS, "xx")("mails", n=1) == "1 letter"
    assert Translator(TEXTS, "de")("some.key") == "some.key"
