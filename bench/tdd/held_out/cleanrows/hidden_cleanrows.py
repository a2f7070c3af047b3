from decimal import Decimal

import pytest
from cleanrows import RowError, clean, parse_price


@pytest.mark.parametrize(
    ("text", "price"),
    [
        ("0,99", "0.99"),
        ("1.000", "1000"),
        ("1.234.567,89", "1234567.89"),
        ("7 €", "7"),
        ("2,50€", "2.50"),
    ],
)
def test_prices(text, price):
    assert parse_price(text) == Decimal(price)


@pytest.mark.parametrize("text", ["  ", "12,5 kg", "-1", "1,,5", "drei"])
def test_no_prices(text):
    with pytest.raises(ValueError):
        parse_price(text)


def test_only_a_header():
    assert clean("Artikel;Preis;Menge\n") == []


def test_blank_lines_at_the_end():
    text = "artikel;preis;menge\n\nDübel; 0,02 € ;2.500\n\n\n"
    assert clean(text) == [{"artikel": "Dübel", "preis": Decimal("0.02"), "menge": 2500}]


def test_bad_quantity():
    with pytest.raises(RowError) as info:
        clean("Preis;Menge;Artikel\n1,00;zwei;Haken\n")
    assert info.value.line == 2
    assert info.value.column == "menge"


def test_first_bad_row_counts():
    with pytest.raises(RowError) as info:
        clean("Artikel;Preis;Menge\n\n\nA;1,00;1\nB;x;1\nC;y;1\n")
    assert info.value.line == 5


def test_skipping_all_and_none():
    head = "Artikel;Preis;Menge\n"
    assert clean(head + "A;;1\nB;1,00;\n", skip_bad=True) == []
    assert len(clean(head + "A;1;1\nB;2;2\n", skip_bad=True)) == 2


def test_missing_columns_are_reported_even_if_bad_rows_are_skipped():
    with pytest.raises(ValueError, match="missing column: artikel"):
        clean("Preis;Menge\n1,00;1\n", skip_bad=True)
