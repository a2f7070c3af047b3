import pytest
from secondlargest import second_largest


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ([1, 5, 3], 3),
        ([10, 20], 10),
        ([7, 7, 4], 4),  # equal numbers count once
        ([-1, -2, -3], -2),
    ],
)
def test_second_largest(numbers, expected):
    assert second_largest(numbers) == expected


def test_there_is_none():
    assert second_largest([5]) is None
    assert second_largest([5, 5]) is None
