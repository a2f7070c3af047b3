import pytest
from onebits import count_ones


@pytest.mark.parametrize(
    ("number", "ones"),
    [
        (0, 0),
        (1, 1),
        (2, 1),  # 10
        (7, 3),  # 111
        (10, 2),  # 1010
    ],
)
def test_ones_in_binary(number, ones):
    assert count_ones(number) == ones
