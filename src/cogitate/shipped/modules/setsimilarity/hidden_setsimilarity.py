import pytest
from setsimilarity import most_similar, similarity


def test_similarity():
    assert similarity({1, 2, 3, 4}, {3, 4}) == pytest.approx(0.5)
    assert similarity({1, 2}, []) == 0
    assert similarity([1, 1, 2, 2], [2, 1]) == 1
    assert similarity({1, 2, 3}, {3, 4, 5}) == pytest.approx(0.2)


def test_most_similar():
    assert most_similar({1}, {"big": {1, 2, 3}, "small": {1, 2}}) == "small"
    assert most_similar([5, 6], {"a": [5], "b": [5, 6, 6]}) == "b"
    assert most_similar({1}, {}) is None
    assert most_similar({1}, {"a": {2}, "b": {3}}) is None
