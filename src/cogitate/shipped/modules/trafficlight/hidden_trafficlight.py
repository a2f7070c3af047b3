import pytest
from trafficlight import after, may_go


def test_several_steps():
    assert after("yellow", steps=3) == "green"
    assert after("red", steps=1) == "red-yellow"
    assert after("red", steps=0) == "red"
    assert after("red-yellow", steps=6) == "yellow"


def test_may_go():
    assert may_go("red") is False
    assert may_go("green") is True


def test_unknown_light():
    with pytest.raises(ValueError, match="unknown light: off"):
        after("off", steps=2)
    with pytest.raises(ValueError, match="unknown light: GREEN"):
        may_go("GREEN")
