"""Seats of a small cinema: rows are letters from the screen, seats are numbered from 1."""

import pytest
from seating import Hall


@pytest.fixture
def hall():
    return Hall(rows=2, seats=4)


def test_initially_free(hall: Hall) -> None:
    assert hall.free() == ["A1", "A2", "A3", "A4", "B1", "B2", "B3", "B4"]


def test_book(hall: Hall) -> None:
    hall.book("A2")
    assert "A2" not in hall.free()
    assert len(hall.free()) == 7


def test_seat_is_taken(hall: Hall) -> None:
    hall.book("B1")
    with pytest.raises(ValueError, match="B1 is taken"):
        hall.book("B1")


def test_cancel(hall: Hall) -> None:
    hall.book("B1")
    hall.cancel("B1")
    hall.book("B1")


@pytest.mark.parametrize("seat", ["C1", "A5", "A0", "", "1A"])
def test_no_such_seat(hall: Hall, seat: str) -> None:
    with pytest.raises(KeyError):
        hall.book(seat)


def test_together_finds_neighbours_in_the_row_that_is_farthest_back(hall: Hall) -> None:
    assert hall.together(3) == ["B1", "B2", "B3"]
    hall.book("B2")
    assert hall.together(3) == ["A1", "A2", "A3"]
    assert hall.together(2) == ["B3", "B4"]


def test_together_does_not_book(hall: Hall) -> None:
    hall.together(4)
    assert len(hall.free()) == 8


def test_together_too_many(hall: Hall) -> None:
    assert hall.together(5) is None
