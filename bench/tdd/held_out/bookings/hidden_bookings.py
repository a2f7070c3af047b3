import pytest
from bookings import free_slots, is_free, merge


@pytest.mark.parametrize(
    ("booked", "merged"),
    [
        ([(1, 2)], [(1, 2)]),
        ([(5, 6), (1, 2), (2, 5)], [(1, 6)]),
        ([(1, 10), (2, 3), (4, 12)], [(1, 12)]),
        ([(1, 2), (1, 2), (3, 4)], [(1, 2), (3, 4)]),
        ([(8, 9), (8, 12), (9, 10)], [(8, 12)]),
    ],
)
def test_merge(booked, merged):
    assert merge(booked) == merged


def test_merge_does_not_change_its_input():
    booked = [(3, 4), (1, 2)]
    merge(booked)
    assert booked == [(3, 4), (1, 2)]


def test_end_before_start():
    with pytest.raises(ValueError):
        merge([(10, 9)])


def test_is_free():
    assert is_free([], 0, 24)
    assert is_free([(9, 11)], 8, 9)
    assert not is_free([(9, 11)], 9, 10)
    assert not is_free([(9, 12)], 10, 11)
    assert not is_free([(13, 14), (9, 11)], 10, 13)


def test_free_slots():
    assert free_slots([], opens=9, closes=17) == [(9, 17)]
    assert free_slots([(9, 12)], opens=9, closes=17) == [(12, 17)]
    assert free_slots([(15, 17), (9, 10), (10, 11)], opens=9, closes=17) == [(11, 15)]
    assert free_slots([(10, 14), (11, 12)], opens=9, closes=17) == [(9, 10), (14, 17)]
