import pytest
from runmin import running_minimum


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ([3, 2, 1], [3, 2, 1]),
        ([0, -1, 5, -1, -4], [0, -1, -1, -1, -4]),
        ([2, 2], [2, 2]),
        ([1.5, 1.25, 9], [1.5, 1.25, 1.25]),
    ],
)
def test_running_minimum(numbers, expected):
    assert running_minimum(numbers) == expected
