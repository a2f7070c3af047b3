import pytest
from onebits import count_ones


@pytest.mark.parametrize(
    ("number", "ones"), [(3, 2), (8, 1), (255, 8), (256, 1), (1023, 10), (100, 3)]
)
def test_ones_in_binary(number, ones):
    assert count_ones(number) == ones
