import pytest
from stackcalc import evaluate


def test_order():
    assert evaluate("8 2 /") == 4
    assert evaluate("2 8 /") == 0.25
    assert evaluate("1 2 3 * -") == -5


def test_rest():
    with pytest.raises(ValueError, match="leaves"):
        evaluate("1 2")
