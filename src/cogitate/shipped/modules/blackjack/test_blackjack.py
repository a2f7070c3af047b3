"""Number cards count what is written on them, J, Q and K count 10. An ace counts 11, or 1 if the
hand would be worth more than 21 otherwise."""

import pytest
from blackjack import hand_value, result


@pytest.mark.parametrize(
    ("cards", "value"),
    [
        (["2", "3", "10"], 15),
        (["K", "Q"], 20),
        (["A", "8"], 19),
        (["A", "8", "5"], 14),
        (["A", "A", "9"], 21),
        (["A", "A"], 12),
    ],
)
def test_hand_value(cards, value):
    assert hand_value(cards) == value


def test_result():
    assert result(["A", "K"]) == "blackjack"
    assert result(["7", "7", "7"]) == "21"
    assert result(["10", "5", "7"]) == "bust"
    assert result(["10", "8"]) == "18"
