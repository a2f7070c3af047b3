"""green, yellow, red, red-yellow, and green again."""

import pytest
from trafficlight import after, may_go


def test_next_light():
    assert after("green") == "yellow"
    assert after("yellow") == "red"
    assert after("red") == "red-yellow"
    assert after("red-yellow") == "green"


def test_several_steps():
    assert after("green", steps=2) == "red"
    assert after("red", steps=4) == "red"


def test_may_go():
    assert may_go("green") is True
    assert may_go("yellow") is False
    assert may_go("red-yellow") is False


def test_unknown_light():
    with pytest.raises(ValueError, match="unknown light: blue"):
        after("blue")
    with pytest.raises(ValueError, match="unknown light: pink"):
        may_go("pink")
