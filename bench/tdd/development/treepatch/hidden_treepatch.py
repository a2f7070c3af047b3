import pytest
from treepatch import apply, diff

PAIRS = [
    ({}, {}),
    ({}, {"a": {"b": {"c": 1}}}),
    ({"a": {"b": {"c": 1}}}, {}),
    ({"a": {"b": {"c": 1, "d": 2}, "e": 3}}, {"a": {"b": {"c": 9}, "e": 3, "f": None}}),
    ({"a": [1, {"b": 2}]}, {"a": [1, {"b": 3}]}),
    ({"k": 0}, {"k": {"deep": True}}),
    ({"a/b": {"c/d": 1}}, {"a/b": {"c/d": 2, "e": 3}}),
    ({"n": None}, {"n": 0}),
]


@pytest.mark.parametrize(("old", "new"), PAIRS)
def test_round_trip(old, new):
    assert apply(old, diff(old, new)) == new
    assert apply(new, diff(new, old)) == old


def test_diff():
    assert diff({}, {"a": {"b": 1}}) == [("add", "/a", {"b": 1})]
    assert diff({"a": {"b": {"c": 1}}}, {"a": {"b": {}}}) == [("remove", "/a/b/c")]
    assert diff({"n": 1}, {"n": None}) == [("replace", "/n", None)]
    assert diff({"p/q": {"r": 1}}, {"p/q": {}}) == [("remove", "/p~1q/r")]


def test_order():
    old = {"z": 1, "m": {"y": 1, "x": 1}, "a": 1}
    new = {"z": 2, "m": {"x": 2, "w": 1}, "a": 2}
    assert diff(old, new) == [
        ("replace", "/a", 2),
        ("add", "/m/w", 1),
        ("replace", "/m/x", 2),
        ("remove", "/m/y"),
        ("replace", "/z", 2),
    ]


def test_apply_nothing():
    assert apply({"a": 1}, []) == {"a": 1}


def test_apply_leaves_its_argument_alone():
    old = {"a": {"b": 1}}
    new = apply(old, [("add", "/a/c", 2), ("remove", "/a/b")])
    assert new == {"a": {"c": 2}}
    assert old == {"a": {"b": 1}}


def test_apply_errors():
    with pytest.raises(KeyError):
        apply({}, [("remove", "/a")])
    with pytest.raises(ValueError, match="copy"):
        apply({}, [("copy", "/a", "/b")])
