import pytest
from moneytext import format_cents, parse_cents


@pytest.mark.parametrize(
    ("cents", "text"),
    [
        (99, "$0.99"),
        (100, "$1.00"),
        (100000000, "$1,000,000.00"),
        (-7, "-$0.07"),
        (-150001, "-$1,500.01"),
    ],
)
def test_both_ways(cents, text):
    assert format_cents(cents) == text
    assert parse_cents(text) == cents


def test_shorter_forms():
    assert parse_cents("$3") == 300
    assert parse_cents("1,000") == 100000
    assert parse_cents("-4") == -400


@pytest.mark.parametrize("text", ["$1.2", "one", "-", "5.678"])
def test_invalid(text):
    with pytest.raises(ValueError):
        parse_cents(text)
