"""Room bookings as (start, end) pairs of hours. The end is exclusive."""

import pytest
from bookings import free_slots, is_free, merge


def test_merge_overlapping() -> None:
    assert merge([(9, 11), (10, 12)]) == [(9, 12)]


def test_merge_joins_bookings_that_touch() -> None:
    assert merge([(9, 10), (10, 11)]) == [(9, 11)]


def test_merge_sorts_and_keeps_gaps() -> None:
    assert merge([(14, 15), (9, 10), (8, 9), (17, 18)]) == [(8, 10), (14, 15), (17, 18)]


def test_merge_one_inside_another() -> None:
    assert merge([(9, 17), (10, 11)]) == [(9, 17)]


def test_merge_nothing() -> None:
    assert merge([]) == []


def test_is_free() -> None:
    booked = [(9, 11), (13, 14)]
    assert is_free(booked, 11, 13)
    assert not is_free(booked, 10, 12)
    assert not is_free(booked, 8, 15)


def test_free_slots_of_a_day() -> None:
    assert free_slots([(13, 14), (9, 11)], opens=8, closes=18) == [(8, 9), (11, 13), (14, 18)]
    assert free_slots([(8, 18)], opens=8, closes=18) == []


def test_booking_must_end_after_it_starts() -> None:
    with pytest.raises(ValueError):
        merge([(9, 10), (12, 12)])
