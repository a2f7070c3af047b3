import pytest
from gradebook import GradeBook


def make_book():
    book = GradeBook({"homework": 40, "exam": 60})
    book.record("Ana", "homework", 80)
    book.record("Ana", "homework", 100)
    book.record("Ana", "exam", 70)
    book.record("Ben", "exam", 50)
    return book


def test_average_within_a_category():
    assert make_book().average("Ana", "homework") == 90
    assert make_book().average("Ana", "exam") == 70


def test_final_is_weighted():
    # 0.4 * 90 + 0.6 * 70
    assert make_book().final("Ana") == pytest.approx(78.0)


def test_category_without_scores_counts_as_zero():
    assert make_book().average("Ben", "homework") == 0
    assert make_book().final("Ben") == pytest.approx(30.0)


def test_ranking_best_first():
    assert make_book().ranking() == ["Ana", "Ben"]


def test_equal_finals_are_ranked_by_name():
    book = GradeBook({"exam": 100})
    for name in ["Zoe", "Adam", "Mia"]:
        book.record(name, "exam", 60)
    assert book.ranking() == ["Adam", "Mia", "Zoe"]


def test_weights_must_add_up_to_100():
    with pytest.raises(ValueError, match="add up to 100"):
        GradeBook({"homework": 40, "exam": 50})


def test_errors():
    book = make_book()
    with pytest.raises(KeyError):
        book.record("Ana", "project", 90)
    with pytest.raises(ValueError):
        book.record("Ana", "exam", 101)
    with pytest.raises(KeyError):
        book.final("Nobody")
