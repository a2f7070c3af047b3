import pytest
from lrudict import LRUDict


@pytest.fixture
def lru():
    d = LRUDict(3)
    d["a"], d["b"], d["c"] = 1, 2, 3
    return d


def test_getitem(lru):
    assert lru["b"] == 2
    with pytest.raises(KeyError):
        lru["nope"]


def test_get(lru):
    assert lru.get("a") == 1
    assert lru.get("nope") is None
    assert lru.get("nope", 0) == 0


def test_evict(lru):
    lru["d"] = 4
    assert "a" not in lru
    assert len(lru) == 3


def test_read_is_use(lru):
    lru["a"]
    lru.get("b")
    lru["d"] = 4
    assert list(lru) == ["a", "b", "d"]  # oldest first


def test_write_is_use(lru):
    lru["a"] = 10
    assert len(lru) == 3
    lru["d"] = 4
    assert list(lru) == ["c", "a", "d"]
    assert lru["a"] == 10


def test_contains_is_no_use(lru):
    assert "a" in lru
    lru["d"] = 4
    assert "a" not in lru
