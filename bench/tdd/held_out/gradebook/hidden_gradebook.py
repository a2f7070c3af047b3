import pytest
from gradebook import GradeBook


def test_three_categories():
    book = GradeBook({"quiz": 20, "lab": 30, "exam": 50})
    for score in (60, 70, 80):
        book.record("Li", "quiz", score)
    book.record("Li", "lab", 100)
    book.record("Li", "exam", 90)
    assert book.average("Li", "quiz") == pytest.approx(70)
    assert book.final("Li") == pytest.approx(14 + 30 + 45)


def test_ranking():
    book = GradeBook({"exam": 100})
    for name, score in [("Amy", 50), ("Cas", 90), ("Bob", 70), ("Abe", 90)]:
        book.record(name, "exam", score)
    assert book.ranking() == ["Abe", "Cas", "Bob", "Amy"]


def test_empty_book():
    assert GradeBook({"exam": 100}).ranking() == []


def test_bounds():
    book = GradeBook({"exam": 100})
    book.record("Amy", "exam", 0)
    book.record("Amy", "exam", 100)
    assert book.final("Amy") == pytest.approx(50)
    with pytest.raises(ValueError):
        book.record("Amy", "exam", -1)


def test_rejected_score_is_not_kept():
    book = GradeBook({"exam": 100})
    book.record("Amy", "exam", 80)
    with pytest.raises(ValueError):
        book.record("Amy", "exam", 200)
    assert book.average("Amy", "exam") == 80


def test_weights_above_100():
    with pytest.raises(ValueError, match="add up to 100"):
        GradeBook({"a": 60, "b": 60})


def test_two_books_are_independent():
    one, two = GradeBook({"x": 100}), GradeBook({"x": 100})
    one.record("Amy", "x", 10)
    assert two.ranking() == []
