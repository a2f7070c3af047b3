"""Differences between two JSON-like documents, as a list of operations with paths."""

import pytest
from treepatch import apply, diff


@pytest.mark.parametrize(
    ("old", "new", "ops"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1}, {"a": 2}, [("replace", "/a", 2)]),
        ({"a": 1}, {"a": 1, "b": 2}, [("add", "/b", 2)]),
        ({"a": 1, "b": 2}, {"a": 1}, [("remove", "/b")]),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 3, "c": 2}}, [("replace", "/a/b", 3)]),
        ({"a": [1, 2]}, {"a": [1, 2, 3]}, [("replace", "/a", [1, 2, 3])]),
        ({"a": {"b": 1}}, {"a": 5}, [("replace", "/a", 5)]),
        ({"x/y": 1}, {"x/y": 2}, [("replace", "/x~1y", 2)]),
    ],
    ids=["same", "replace", "add", "remove", "nested", "lists-as-a-whole", "type", "slash-in-key"],
)
def test_diff(old: dict, new: dict, ops: list) -> None:
    assert diff(old, new) == ops


def test_diff_is_ordered_by_path() -> None:
    ops = diff({"b": 1, "c": {"d": 1}}, {"a": 0, "c": {"d": 2}})
    assert ops == [("add", "/a", 0), ("remove", "/b"), ("replace", "/c/d", 2)]


def test_apply() -> None:
    old = {"b": 1, "c": {"d": 1}}
    new = {"a": 0, "c": {"d": 2, "e": {"f": 3}}}
    assert apply(old, diff(old, new)) == new
    assert old == {"b": 1, "c": {"d": 1}}


@pytest.mark.parametrize(
    "op", [("remove", "/nope"), ("replace", "/a/b/c", 1), ("replace", "/nope", 1)]
)
def test_apply_missing_key(op: tuple) -> None:
    with pytest.raises(KeyError):
        apply({"a": {"b": {}}}, [op])


def test_unknown_operation() -> None:
    with pytest.raises(ValueError, match="move"):
        apply({"a": 1}, [("move", "/a", "/b")])
