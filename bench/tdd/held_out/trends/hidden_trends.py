import pytest
from trends import arrow, percent_change


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        (200, 500, "+150.0%"),
        (3, 4, "+33.3%"),
        (3, 2, "-33.3%"),
        (50, 0, "-100.0%"),
        (1, 101, "+10000.0%"),
        (0.5, 0.5, "0.0%"),
        (0, 0, "n/a"),
    ],
)
def test_texts(old, new, text):
    assert percent_change(old, new) == text


def test_arrows():
    assert arrow(-5, 0) == "▲"
    assert arrow(0, -5) == "▼"
    assert arrow(0, 0) == "–"
