import pytest
from flatkeys import flatten, unflatten


def test_empty():
    assert flatten({}) == {}
    assert unflatten({}) == {}


def test_none_and_false_are_values():
    assert flatten({"a": {"b": None, "c": False, "d": 0}}) == {"a.b": None, "a.c": False, "a.d": 0}


def test_dicts_inside_lists_are_left_alone():
    assert flatten({"a": [{"b": 1}]}) == {"a": [{"b": 1}]}


def test_separator_goes_all_the_way_down():
    assert flatten({"a": {"b": {"c": {"d": 1}}}}, sep="_") == {"a_b_c_d": 1}


def test_unflatten_shares_parents():
    flat = {"a.b.c": 1, "a.b.d": 2, "a.e": 3, "f": 4}
    assert unflatten(flat) == {"a": {"b": {"c": 1, "d": 2}, "e": 3}, "f": 4}


def test_arguments_are_not_changed():
    config = {"a": {"b": 1}}
    flatten(config)
    assert config == {"a": {"b": 1}}
    flat = {"a.b": 1}
    unflatten(flat)
    assert flat == {"a.b": 1}


@pytest.mark.parametrize("sep", [".", "/", "::"])
def test_round_trip(sep):
    config = {"x": {"y": {"z": [1, {"w": 2}]}, "empty": {}}, "v": "text"}
    assert unflatten(flatten(config, sep=sep), sep=sep) == config
