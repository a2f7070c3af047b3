import pytest
from waterbill import bill


def test_bills():
    assert bill(4) == 5
    assert bill(15) == 15
    assert bill(29) == 43
    assert bill(32) == 51
    assert bill(100) == 255


def test_negative():
    with pytest.raises(ValueError, match="negative"):
        bill(-20)
