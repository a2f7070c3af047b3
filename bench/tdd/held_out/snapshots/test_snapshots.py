"""A dict that remembers. commit() numbers the states from 1; 0 is the empty start."""

import pytest
from snapshots import SnapshotDict


@pytest.fixture
def data():
    d = SnapshotDict()
    d["a"] = 1
    d["b"] = 2
    assert d.commit() == 1
    d["a"] = 10
    del d["b"]
    d["c"] = 3
    assert d.commit() == 2
    return d


def test_items(data):
    assert dict(data.items()) == {"a": 10, "c": 3}


def test_at(data):
    assert data.at(0) == {}
    assert data.at(1) == {"a": 1, "b": 2}
    assert data.at(2) == {"a": 10, "c": 3}


def test_at_unknown(data):
    with pytest.raises(KeyError):
        data.at(3)


def test_changes(data):
    assert data.changes(1, 2) == {"added": {"c"}, "removed": {"b"}, "changed": {"a"}}


def test_dirty(data):
    data["a"] = 11
    assert data.dirty
    data["a"] = 10
    assert not data.dirty


def test_commit_unchanged(data):
    assert data.commit() == 2


def test_rollback(data):
    data["x"] = 1
    data.rollback()
    assert dict(data.items()) == {"a": 10, "c": 3}


def test_rollback_to_version(data):
    data.rollback(1)
    assert dict(data.items()) == {"a": 1, "b": 2}
    assert data.commit() == 3
    assert data.at(2) == {"a": 10, "c": 3}
