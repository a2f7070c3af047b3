import csv
import io
import re
from decimal import Decimal

COLUMNS = ["artikel", "preis", "menge"]


class RowError(Exception):
    def __init__(self, line, column):
        super().__init__(f"line {line}: bad {column}")
        self.line = line
        self.column = column


def parse_price(text):
    text = text.replace("€", "").strip()
    if not re.fullmatch(r"[\d.]+(,\d+)?", text):
        raise ValueError(f"not a price: {text!r}")
    return Decimal(text.replace(".", "").replace(",", "."))


def parse_quantity(text):
    return int(text.replace(".", ""))


PARSERS = {"artikel": str, "preis": parse_price, "menge": parse_quantity}


def clean(text, skip_bad=False):
    reader = csv.reader(io.StringIO(text), delimiter=";")
    header = [name.strip().lower() for name in next(reader)]
    for column in COLUMNS:
        if column not in header:
            raise ValueError(f"missing column: {column}")
    rows = []
    for cells in reader:
        if not cells:
            continue
        try:
            rows.append(clean_row(dict(zip(header, cells, strict=False)), reader.line_num))
        except RowError:
            if not skip_bad:
                raise
    return rows


def clean_row(cells, line):
    row = {}
    for column in COLUMNS:
        try:
            row[column] = PARSERS[column](cells[column].strip())
        except (ValueError, KeyError):
            raise RowError(line, column) from None
    return row
