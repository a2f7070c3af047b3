import pytest
from gradebook import GradeBook


def make_book():
    book = GradeBook({"homework": 40, "exam": 60})
    book.record("Ana", "homework", 80)
    book.record("Ana", "homework", 100)
    book.record("Ana", "exam", 70)
    book.record("Ben", "exam", 50)
    return book


def test_average():
    book = make_book()
    assert book.average("Ana", "homework") == 90
    assert book.average("Ana", "exam") == 70
    assert book.average("Ben", "homework") == 0  # nothing handed in


def test_final():
    book = make_book()
    assert book.final("Ana") == pytest.approx(0.4 * 90 + 0.6 * 70)
    assert book.final("Ben") == pytest.approx(0.6 * 50)


def test_ranking():
    assert make_book().ranking() == ["Ana", "Ben"]


def test_ranking_ties_by_name():
    book = GradeBook({"exam": 100})
    for name in ["Zoe", "Adam", "Mia"]:
        book.record(name, "exam", 60)
    assert book.ranking() == ["Adam", "Mia", "Zoe"]


def test_bad_weights():
    with pytest.raises(ValueError, match="add up to 100"):
        GradeBook({"homework": 40, "exam": 50})


def test_bad_category():
    with pytest.raises(KeyError):
        make_book().record("Ana", "project", 90)


def test_bad_score():
    with pytest.raises(ValueError):
        make_book().record("Ana", "exam", 101)


def test_bad_student():
    with pytest.raises(KeyError):
        make_book().final("Nobody")
