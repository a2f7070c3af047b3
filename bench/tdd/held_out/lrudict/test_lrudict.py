import pytest
from lrudict import LRUDict


@pytest.fixture
def cache():
    d = LRUDict(3)
    d["a"] = 1
    d["b"] = 2
    d["c"] = 3
    return d


def test_get_and_len(cache):
    assert cache["b"] == 2
    assert len(cache) == 3


def test_oldest_is_evicted(cache):
    cache["d"] = 4
    assert "a" not in cache
    assert len(cache) == 3


def test_reading_makes_recent(cache):
    cache["a"]
    cache["d"] = 4
    assert "a" in cache
    assert "b" not in cache


def test_overwriting_makes_recent_and_evicts_nothing(cache):
    cache["a"] = 10
    assert len(cache) == 3
    cache["d"] = 4
    assert cache["a"] == 10
    assert "b" not in cache


def test_membership_test_does_not_count_as_use(cache):
    assert "a" in cache
    cache["d"] = 4
    assert "a" not in cache


def test_missing_key(cache):
    with pytest.raises(KeyError):
        cache["nope"]
    assert cache.get("nope") is None
    assert cache.get("nope", 0) == 0


def test_keys_from_oldest_to_newest(cache):
    cache.get("a")
    assert list(cache) == ["b", "c", "a"]
