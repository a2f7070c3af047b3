import pytest
from linediff import apply, diff, summary


def test_change_in_the_middle():
    assert diff(["1", "2", "3"], ["1", "two", "3"]) == ["  1", "- 2", "+ two", "  3"]


def test_everything_is_different():
    assert diff(["a", "b"], ["c"]) == ["- a", "- b", "+ c"]


def test_added_at_both_ends():
    assert diff(["m"], ["l", "m", "n"]) == ["+ l", "  m", "+ n"]


def test_empty_lines_and_prefixes_in_the_text():
    assert diff(["", "- x"], ["", "+ x"]) == ["  ", "- - x", "+ + x"]


def test_removed_at_both_ends():
    assert diff(["p", "q", "r", "s"], ["q", "r"]) == ["- p", "  q", "  r", "- s"]


def test_summary():
    assert summary(diff([], ["a"])) == "1 added, 0 removed"
    assert summary(diff(["a", "b", "c"], ["b"])) == "0 added, 2 removed"
    assert summary(diff([], [])) == "no changes"


@pytest.mark.parametrize(
    ("old", "new"),
    [("abc", "abc"), ("", "xyz"), ("xyz", ""), ("kitten", "sitting"), ("banana", "bandana")],
)
def test_round_trip_with_few_changes(old, new):
    lines = diff(list(old), list(new))
    assert apply(list(old), lines) == list(new)
    assert [line[2:] for line in lines if line[0] != "+"] == list(old)


def test_a_moved_line_is_one_removed_and_one_added():
    assert summary(diff(list("abcde"), list("bcdea"))) == "1 added, 1 removed"
