import pytest
from issuesearch import Query, parse, search

BOOKS = [
    {"title": "The Left Hand of Darkness", "genre": "Science Fiction", "lang": "en"},
    {"title": "A Wizard of Earthsea", "genre": "Fantasy", "lang": "en"},
    {"title": "Die Wand", "genre": "Novel", "lang": "de"},
]


def titles(text):
    return [book["title"] for book in search(BOOKS, text)]


def test_everything_at_once():
    query = parse('Foo "Bar Baz" kind:x -qux kind2:"a b" -"c d"')
    assert query == Query(
        words=["foo", "bar baz"],
        fields={"kind": "x", "kind2": "a b"},
        excluded=["qux", "c d"],
    )


def test_colon_inside_a_phrase():
    assert parse('"a:b"') == Query(words=["a:b"], fields={}, excluded=[])


def test_minus_inside_a_word():
    assert parse("start-up") == Query(words=["start-up"], fields={}, excluded=[])


def test_many_blanks():
    assert parse("  a   b  ").words == ["a", "b"]


@pytest.mark.parametrize("text", ['label:"x', 'a -"b c', 'word "'])
def test_unclosed(text):
    with pytest.raises(ValueError, match="unclosed quote"):
        parse(text)


def test_search():
    assert titles("of") == ["The Left Hand of Darkness", "A Wizard of Earthsea"]
    assert titles("of -hand") == ["A Wizard of Earthsea"]
    assert titles('"HAND OF"') == ["The Left Hand of Darkness"]
    assert titles("of hand darkness") == ["The Left Hand of Darkness"]
    assert titles("lang:DE") == ["Die Wand"]
    assert titles('genre:"science fiction"') == ["The Left Hand of Darkness"]
    assert titles('-of -"die wand"') == []
    assert titles("year:1969 of") == []
