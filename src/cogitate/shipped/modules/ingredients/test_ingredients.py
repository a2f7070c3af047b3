"""Lines of a recipe: amount, unit, name; things that are counted have no unit."""

import pytest
from ingredients import format_line, parse_line, scale


def test_parse_line():
    assert parse_line("200 g flour") == (200, "g", "flour")
    assert parse_line("0.5 l milk") == (0.5, "l", "milk")
    assert parse_line("2 tbsp olive oil") == (2, "tbsp", "olive oil")


def test_without_unit():
    assert parse_line("3 eggs") == (3, None, "eggs")
    assert parse_line("2 red onions") == (2, None, "red onions")


def test_units_are_g_kg_ml_l_tsp_tbsp():
    assert parse_line("1 kg rice") == (1, "kg", "rice")
    assert parse_line("1 can beans") == (1, None, "can beans")


def test_no_amount():
    with pytest.raises(ValueError):
        parse_line("salt")


def test_format_line():
    assert format_line(200, "g", "flour") == "200 g flour"
    assert format_line(1.5, None, "eggs") == "1.5 eggs"


def test_scale():
    assert scale(["200 g flour", "3 eggs"], 2) == ["400 g flour", "6 eggs"]
