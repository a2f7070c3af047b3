from linediff import apply, diff, summary

OLD = ["milk", "bread", "eggs", "tea"]
NEW = ["milk", "butter", "eggs", "tea", "jam"]


def test_diff_marks_every_line():
    assert diff(OLD, NEW) == [
        "  milk",
        "- bread",
        "+ butter",
        "  eggs",
        "  tea",
        "+ jam",
    ]


def test_equal():
    assert diff(OLD, OLD) == ["  milk", "  bread", "  eggs", "  tea"]


def test_from_and_to_nothing():
    assert diff([], ["a", "b"]) == ["+ a", "+ b"]
    assert diff(["a", "b"], []) == ["- a", "- b"]


def test_as_few_changes_as_possible():
    assert diff(list("abcdef"), list("acdfg")) == [
        *("  a", "- b", "  c", "  d"),
        *("- e", "  f", "+ g"),
    ]


def test_removed_lines_come_before_added_ones():
    assert diff(["x", "a", "b"], ["x", "c", "d"]) == ["  x", "- a", "- b", "+ c", "+ d"]


def test_summary():
    assert summary(diff(OLD, NEW)) == "2 added, 1 removed"
    assert summary(diff(OLD, OLD)) == "no changes"


def test_apply_gives_the_new_version():
    assert apply(OLD, diff(OLD, NEW)) == NEW
