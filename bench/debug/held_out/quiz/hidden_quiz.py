from quiz import grade, score


def test_score():
    assert score({"a": "X", "b": "y"}, {"a": " x", "b": "Y "}) == 2
    assert score({"a": "X"}, {}) == 0
    assert score({"a": "X"}, {"a": "z", "b": "X"}) == 0


def test_grade():
    assert grade(1, 2) == "pass"
    assert grade(1, 3) == "fail"
