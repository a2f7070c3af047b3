"""shorten() makes titles fit into table columns."""

import pytest
from ellipsis import shorten


def test_short_text_is_unchanged() -> None:
    assert shorten("hello", 10) == "hello"
    assert shorten("hello", 5) == "hello"


def test_end_is_cut_by_default() -> None:
    assert shorten("hello world", 8) == "hello w…"


def test_cut_in_the_middle() -> None:
    assert shorten("abcdefghij", 7, where="middle") == "abc…hij"


def test_middle_with_an_even_width_keeps_one_more_at_the_start() -> None:
    assert shorten("abcdefghij", 6, where="middle") == "abc…ij"


def test_cut_at_the_start() -> None:
    assert shorten("/usr/local/share/doc", 10, where="start") == "…share/doc"


def test_width_of_one() -> None:
    assert shorten("hello", 1) == "…"


def test_invalid_arguments() -> None:
    with pytest.raises(ValueError):
        shorten("hello", 0)
    with pytest.raises(ValueError):
        shorten("hello", 3, where="left")
