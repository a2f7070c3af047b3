import pytest
from pairtext import format_pairs, parse_pairs


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("x=0", {"x": 0}),
        ("x=", {"x": ""}),
        ("x= ;y", {"x": "", "y": True}),
        ("url=http://h/?a=1", {"url": "http://h/?a=1"}),
        (";;;", {}),
        ("a=1-2;b=x1;c=--1", {"a": "1-2", "b": "x1", "c": "--1"}),
        ("flag;flag=off", {"flag": "off"}),
        ("  only  ", {"only": True}),
    ],
)
def test_parse(text, pairs):
    assert parse_pairs(text) == pairs


def test_types():
    parsed = parse_pairs("n=1;f")
    assert type(parsed["n"]) is int
    assert parsed["f"] is True


def test_missing_key():
    with pytest.raises(ValueError, match="missing key"):
        parse_pairs(" = 1")


def test_format():
    assert format_pairs({"b": 2, "a": "x"}) == "b=2;a=x"
    assert format_pairs({"f": True}) == "f"


def test_round_trip():
    pairs = {"name": "x y", "n": -12, "on": True, "e": ""}
    assert parse_pairs(format_pairs(pairs)) == pairs
