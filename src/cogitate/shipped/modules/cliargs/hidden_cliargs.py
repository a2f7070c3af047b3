import pytest
from cliargs import parse


def test_mixed():
    arguments = ["in.txt", "--size", "3", "-", "--fast", "--name=a=b", "end.txt"]
    assert parse(arguments, ["fast"])[0] == {"size": "3", "fast": True, "name": "a=b"}
    assert parse(arguments, ["fast"])[1] == ["in.txt", "-", "end.txt"]


def test_nothing():
    assert parse([], []) == ({}, [])


def test_empty_value():
    assert parse(["--note=", "x"], []) == ({"note": ""}, ["x"])


def test_last_one_wins():
    assert parse(["--a=1", "--a", "2"], []) == ({"a": "2"}, [])


def test_errors():
    with pytest.raises(ValueError, match="--level needs a value"):
        parse(["x", "--level"], [])
    with pytest.raises(ValueError, match="--fast takes no value"):
        parse(["--fast=1"], ["fast"])
