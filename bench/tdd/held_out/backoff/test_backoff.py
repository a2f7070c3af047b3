import pytest
from backoff import delays


def test_each_delay_doubles_the_one_before():
    assert delays(4, base=1) == [1, 2, 4, 8]


def test_base_defaults_to_half_a_second():
    assert delays(3) == [0.5, 1.0, 2.0]


def test_factor_can_be_changed():
    assert delays(4, base=2, factor=3) == [2, 6, 18, 54]


def test_no_delay_exceeds_the_cap():
    assert delays(5, base=1, cap=5) == [1, 2, 4, 5, 5]


def test_zero_attempts_need_no_delay():
    assert delays(0) == []


def test_negative_attempts():
    with pytest.raises(ValueError, match="attempts"):
        delays(-1)
