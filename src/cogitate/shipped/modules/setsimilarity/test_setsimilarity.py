"""Similarity is the number of shared items by the number of all items; 1 if there are none."""

import pytest
from setsimilarity import most_similar, similarity


def test_similarity():
    assert similarity({"a", "b"}, {"b", "c"}) == pytest.approx(0.333333333)
    assert similarity({"a"}, {"a"}) == 1
    assert similarity({"a"}, {"b"}) == 0


def test_nothing_is_like_nothing():
    assert similarity([], []) == 1


def test_lists_may_repeat_items():
    assert similarity(["a", "a", "b"], ["a"]) == pytest.approx(0.5)


def test_most_similar():
    shelf = {"x": {"a", "q"}, "y": {"a", "b", "c"}, "z": {"q"}}
    assert most_similar({"a", "b"}, shelf) == "y"


def test_nothing_in_common():
    assert most_similar({"a"}, {"z": {"q"}}) is None
