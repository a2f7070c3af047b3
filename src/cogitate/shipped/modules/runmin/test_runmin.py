import pytest
from runmin import running_minimum


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ([5, 3, 4, 1, 2], [5, 3, 3, 1, 1]),
        ([1, 2, 3], [1, 1, 1]),
        ([7], [7]),
        ([], []),
    ],
)
def test_running_minimum(numbers, expected):
    assert running_minimum(numbers) == expected
