import pytest
from lendings import Library


def test_several_books_of_one_reader():
    library = Library(["a", "b", "c"])
    library.lend("b", "kim")
    library.lend("a", "kim")
    library.lend("c", "lee")
    assert library.of("kim") == ["a", "b"]
    assert library.give_back("b") == "kim"
    assert library.of("kim") == ["a"]
    assert library.of("nobody") == []


def test_unknown():
    with pytest.raises(KeyError):
        Library([]).give_back("x")
