import pytest
from lrudict import LRUDict


def test_capacity_of_one():
    d = LRUDict(1)
    d["x"] = 1
    d["y"] = 2
    assert list(d) == ["y"]
    assert d["y"] == 2
    with pytest.raises(KeyError):
        d["x"]


def test_empty():
    d = LRUDict(2)
    assert len(d) == 0
    assert list(d) == []
    assert d.get("a", "default") == "default"


def test_long_use():
    d = LRUDict(2)
    for i in range(10):
        d[i] = i * i
    assert list(d) == [8, 9]
    assert d[8] == 64
    d[10] = 100
    assert list(d) == [8, 10]


def test_get_counts_as_use():
    d = LRUDict(2)
    d["a"] = None
    d["b"] = 0
    assert d.get("a", 5) is None
    d["c"] = 1
    assert list(d) == ["a", "c"]


def test_get_of_a_missing_key_adds_nothing():
    d = LRUDict(2)
    d["a"] = 1
    d.get("b", 2)
    assert "b" not in d
    assert len(d) == 1


def test_overwriting_moves_to_the_end():
    d = LRUDict(3)
    for key in "abc":
        d[key] = key
    d["b"] = "B"
    assert list(d) == ["a", "c", "b"]
