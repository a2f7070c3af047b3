"""Import of the price lists that suppliers send: semicolons, stray blanks, German numbers."""

from decimal import Decimal

import pytest
from cleanrows import RowError, clean, parse_price

FILE = """\
 Artikel ; Preis;Menge
Schraube M4;0,05;1.000

 Mutter M4 ;1.234,50; 20
"Winkel; verzinkt";3,00;7
"""


def test_clean():
    assert clean(FILE) == [
        {"artikel": "Schraube M4", "preis": Decimal("0.05"), "menge": 1000},
        {"artikel": "Mutter M4", "preis": Decimal("1234.50"), "menge": 20},
        {"artikel": "Winkel; verzinkt", "preis": Decimal("3.00"), "menge": 7},
    ]


def test_columns_may_come_in_any_order():
    assert clean("Menge;Artikel;Preis\n2;Nagel;0,10\n") == [
        {"artikel": "Nagel", "preis": Decimal("0.10"), "menge": 2}
    ]


@pytest.mark.parametrize(
    ("text", "price"),
    [("3", "3"), ("3,5", "3.5"), ("1.234,50", "1234.50"), (" 12,00 € ", "12.00")],
)
def test_parse_price(text, price):
    assert parse_price(text) == Decimal(price)


@pytest.mark.parametrize("text", ["", "abc", "1,2,3", "-5,00", "€"])
def test_parse_price_rejects(text):
    with pytest.raises(ValueError):
        parse_price(text)


def test_bad_rows_are_reported_with_the_line_of_the_file():
    with pytest.raises(RowError) as info:
        clean("Artikel;Preis;Menge\nNagel;0,10;5\n\nHaken;billig;3\n")
    assert info.value.line == 4
    assert info.value.column == "preis"


def test_bad_rows_can_be_skipped():
    text = "Artikel;Preis;Menge\nNagel;x;5\nHaken;1,00;viele\nOese;1,00;3\n"
    assert [row["artikel"] for row in clean(text, skip_bad=True)] == ["Oese"]


def test_missing_column():
    with pytest.raises(ValueError, match="missing column: menge"):
        clean("Artikel;Preis\nNagel;0,10\n")
