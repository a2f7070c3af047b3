import pytest
from pairtext import format_pairs, parse_pairs


def test_parse():
    assert parse_pairs("host=db1;port=5432") == {"host": "db1", "port": 5432}


def test_whole_numbers_become_int():
    assert parse_pairs("a=-7;b=1.5;c=007") == {"a": -7, "b": "1.5", "c": 7}


def test_blanks_and_empty_parts():
    assert parse_pairs(" a = 1 ; ; b = two words;") == {"a": 1, "b": "two words"}


def test_value_may_contain_equal_signs():
    assert parse_pairs("q=x=y") == {"q": "x=y"}


def test_key_without_value_is_true():
    assert parse_pairs("verbose;level=2") == {"verbose": True, "level": 2}


def test_last_one_wins():
    assert parse_pairs("a=1;a=2") == {"a": 2}


def test_empty():
    assert parse_pairs("") == {}


def test_missing_key():
    with pytest.raises(ValueError, match="missing key"):
        parse_pairs("a=1;=2")


def test_format_is_the_reverse():
    assert format_pairs({"host": "db1", "port": 5432}) == "host=db1;port=5432"
    assert format_pairs({"verbose": True, "level": 2}) == "verbose;level=2"
    assert format_pairs({}) == ""
