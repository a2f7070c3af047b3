import pytest
from vending import change


def test_change():
    assert change(0) == []
    assert change(430) == [200, 200, 20, 10]
    with pytest.raises(ValueError, match="rest"):
        change(15)
