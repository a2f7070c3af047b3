import pytest
from moneytext import format_cents, parse_cents


@pytest.mark.parametrize(
    ("cents", "text"),
    [
        (0, "$0.00"),
        (5, "$0.05"),
        (1999, "$19.99"),
        (123456, "$1,234.56"),
        (-250, "-$2.50"),
    ],
)
def test_both_ways(cents, text):
    assert format_cents(cents) == text
    assert parse_cents(text) == cents


def test_dollar_sign_and_cents_may_be_left_out():
    assert parse_cents("12") == 1200
    assert parse_cents("12.30") == 1230


@pytest.mark.parametrize("text", ["", "$", "1.5", "abc", "1.234"])
def test_invalid(text):
    with pytest.raises(ValueError):
        parse_cents(text)
