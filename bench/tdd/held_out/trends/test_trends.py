"""Change between two periods as the dashboard shows it: signed, one decimal."""

from trends import arrow, percent_change


def test_increase() -> None:
    assert percent_change(100, 112.5) == "+12.5%"


def test_decrease() -> None:
    assert percent_change(80, 60) == "-25.0%"


def test_no_change() -> None:
    assert percent_change(42, 42) == "0.0%"


def test_no_base() -> None:
    assert percent_change(0, 10) == "n/a"


def test_arrow() -> None:
    assert arrow(1, 2) == "▲"
    assert arrow(2, 1) == "▼"
    assert arrow(2, 2) == "–"
