import pytest
from postage import postage


def test_light():
    assert postage(2) == 4.99


def test_heavy_costs_more():
    assert postage(9) > postage(1)


def test_no_weight():
    with pytest.raises(ValueError, match="positive"):
        postage(0)
