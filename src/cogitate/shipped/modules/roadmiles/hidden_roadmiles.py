import pytest
from roadmiles import miles_to_km


def test_miles():
    assert miles_to_km(10) == pytest.approx(16.09344)
    assert miles_to_km(0.5) == pytest.approx(0.804672)
    assert miles_to_km(3000) == pytest.approx(4828.032)
