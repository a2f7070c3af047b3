import pytest
from snapshots import SnapshotDict


def test_new():
    d = SnapshotDict()
    assert not d.dirty
    assert d.at(0) == {}
    assert d.commit() == 0
    with pytest.raises(KeyError):
        d.at(1)


def test_item_access():
    d = SnapshotDict()
    d["k"] = "v"
    assert dict(d.items()) == {"k": "v"}
    assert d.dirty
    with pytest.raises(KeyError):
        del d["other"]


def test_old_state_cannot_be_changed_from_outside():
    d = SnapshotDict()
    d["k"] = 1
    d.commit()
    d.at(1)["k"] = 99
    assert d.at(1) == {"k": 1}
    assert dict(d.items()) == {"k": 1}


def test_later_edits_do_not_touch_old_states():
    d = SnapshotDict()
    d["k"] = 1
    d.commit()
    d["k"] = 2
    assert d.at(1) == {"k": 1}
    assert d.commit() == 2
    assert d.at(1) == {"k": 1}


def test_changes_backwards_and_from_the_start():
    d = SnapshotDict()
    d["a"] = 1
    d.commit()
    d["b"] = 2
    d["a"] = 3
    d.commit()
    assert d.changes(2, 1) == {"added": set(), "removed": {"b"}, "changed": {"a"}}
    assert d.changes(0, 2) == {"added": {"a", "b"}, "removed": set(), "changed": set()}


def test_rollback_to_the_start_and_on():
    d = SnapshotDict()
    d["a"] = 1
    d.commit()
    d.rollback(0)
    assert dict(d.items()) == {}
    assert d.dirty
    d["b"] = 1
    assert d.commit() == 2
    assert d.at(2) == {"b": 1}
    d.rollback(1)
    d["z"] = 0
    d.rollback()
    assert dict(d.items()) == {"b": 1}


def test_rollback_to_an_unknown_version():
    with pytest.raises(KeyError):
        SnapshotDict().rollback(5)
