import pytest
from settings import merge_settings


def test_one_layer():
    assert merge_settings({"a": 1}) == {"a": 1}


def test_three_levels():
    a = {"x": {"y": {"z": 1, "keep": 2}}}
    b = {"x": {"y": {"z": 9}}}
    assert merge_settings(a, b) == {"x": {"y": {"z": 9, "keep": 2}}}


def test_none_for_a_key_that_is_not_there():
    assert merge_settings({"a": 1}, {"b": None}) == {"a": 1}


def test_none_removes_a_whole_section():
    assert merge_settings({"a": {"b": 1}, "c": 2}, {"a": None}) == {"c": 2}


def test_removed_key_can_come_back():
    assert merge_settings({"a": 1}, {"a": None}, {"a": 3}) == {"a": 3}


def test_falsy_values_override():
    assert merge_settings({"a": 1, "b": "x"}, {"a": 0, "b": ""}) == {"a": 0, "b": ""}


def test_copy_even_of_the_first_layer():
    first = {"s": {"t": 1}}
    merged = merge_settings(first)
    merged["s"]["t"] = 2
    assert first == {"s": {"t": 1}}


def test_inner_section_replaced_by_a_value():
    with pytest.raises(TypeError, match="tls"):
        merge_settings({"net": {"tls": {"verify": True}}}, {"net": {"tls": False}})
