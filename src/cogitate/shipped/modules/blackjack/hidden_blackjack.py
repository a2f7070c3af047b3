import pytest
from blackjack import hand_value, result


@pytest.mark.parametrize(
    ("cards", "value"),
    [
        ([], 0),
        (["J", "4"], 14),
        (["A"], 11),
        (["A", "A", "A"], 13),
        (["A", "K", "Q"], 21),
        (["9", "A", "A", "K"], 21),
        (["K", "Q", "5"], 25),
    ],
)
def test_hand_value(cards, value):
    assert hand_value(cards) == value


def test_result():
    assert result(["10", "A"]) == "blackjack"
    assert result(["A", "5", "5"]) == "21"
    assert result(["J", "Q", "2"]) == "bust"
    assert result(["A", "6", "K"]) == "17"
