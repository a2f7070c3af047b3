import pytest
from records import to_dicts


@pytest.fixture
def header():
    return ["name", "qty", "unit"]


def test_rows_become_dicts(header):
    rows = [["flour", 500, "g"], ["milk", 1, "l"]]
    assert to_dicts(header, rows) == [
        {"name": "flour", "qty": 500, "unit": "g"},
        {"name": "milk", "qty": 1, "unit": "l"},
    ]


def test_short_row(header):
    assert to_dicts(header, [["salt"]]) == [{"name": "salt", "qty": None, "unit": None}]


def test_fill_value(header):
    assert to_dicts(header, [["salt", 1]], fill="-") == [{"name": "salt", "qty": 1, "unit": "-"}]


def test_no_rows(header):
    assert to_dicts(header, []) == []


def test_long_row(header):
    rows = [["flour", 500, "g"], ["milk", 1, "l", "cold"]]
    with pytest.raises(ValueError, match="row 2 has 4 cells, expected at most 3"):
        to_dicts(header, rows)
