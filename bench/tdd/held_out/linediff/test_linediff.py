from linediff import apply, diff, summary

OLD = ["milk", "bread", "eggs", "tea"]
NEW = ["milk", "butter", "eggs", "tea", "jam"]


def test_diff():
    assert diff(OLD, NEW) == [
        "  milk",
        "- bread",
        "+ butter",
        "  eggs",
        "  tea",
        "+ jam",
    ]


def test_diff_equal():
    assert diff(OLD, OLD) == ["  milk", "  bread", "  eggs", "  tea"]


def test_diff_empty():
    assert diff([], ["a", "b"]) == ["+ a", "+ b"]
    assert diff(["a", "b"], []) == ["- a", "- b"]


def test_diff_is_minimal():
    assert diff(list("abcdef"), list("acdfg")) == [
        *("  a", "- b", "  c", "  d"),
        *("- e", "  f", "+ g"),
    ]


def test_diff_removed_before_added():
    assert diff(["x", "a", "b"], ["x", "c", "d"]) == ["  x", "- a", "- b", "+ c", "+ d"]


def test_summary():
    assert summary(diff(OLD, NEW)) == "2 added, 1 removed"
    assert summary(diff(OLD, OLD)) == "no changes"


def test_apply():
    assert apply(OLD, diff(OLD, NEW)) == NEW
