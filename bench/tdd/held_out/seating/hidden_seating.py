import pytest
from seating import Hall


def test_one_seat():
    hall = Hall(rows=1, seats=1)
    assert hall.free() == ["A1"]
    assert hall.together(1) == ["A1"]
    hall.book("A1")
    assert hall.free() == []
    assert hall.together(1) is None


def test_more_than_nine_seats():
    hall = Hall(rows=3, seats=12)
    assert hall.free()[9:13] == ["A10", "A11", "A12", "B1"]
    hall.book("C12")
    assert hall.free()[-1] == "C11"
    with pytest.raises(KeyError):
        hall.book("C13")
    with pytest.raises(KeyError):
        hall.book("D1")


def test_free_seats_keep_their_order_after_cancelling():
    hall = Hall(rows=2, seats=2)
    hall.book("A1")
    hall.book("B2")
    hall.cancel("A1")
    assert hall.free() == ["A1", "A2", "B1"]


def test_together():
    hall = Hall(rows=3, seats=5)
    for seat in ("C3", "B1", "B5"):
        hall.book(seat)
    assert hall.together(2) == ["C1", "C2"]
    assert hall.together(3) == ["B2", "B3", "B4"]
    assert hall.together(4) == ["A1", "A2", "A3", "A4"]
    assert hall.together(1) == ["C1"]
    hall.book("C1")
    assert hall.together(2) == ["C4", "C5"]


def test_seats_across_two_rows_are_not_together():
    hall = Hall(rows=2, seats=2)
    hall.book("A1")
    hall.book("B2")
    assert hall.together(2) is None


def test_taken_message():
    hall = Hall(rows=1, seats=3)
    hall.book("A3")
    with pytest.raises(ValueError, match="A3 is taken"):
        hall.book("A3")
