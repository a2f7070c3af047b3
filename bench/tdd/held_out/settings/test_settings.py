"""Layers of settings: defaults, then the site's, then the user's."""

import pytest
from settings import merge_settings


@pytest.fixture
def defaults():
    return {"theme": "light", "editor": {"tab": 4, "wrap": True}, "plugins": ["git"]}


def test_override(defaults):
    assert merge_settings(defaults, {"theme": "dark"})["theme"] == "dark"


def test_nested(defaults):
    merged = merge_settings(defaults, {"editor": {"tab": 2}})
    assert merged["editor"] == {"tab": 2, "wrap": True}


def test_lists_are_replaced(defaults):
    assert merge_settings(defaults, {"plugins": ["lint"]})["plugins"] == ["lint"]


def test_none_removes_a_key(defaults):
    merged = merge_settings(defaults, {"theme": None, "editor": {"wrap": None}})
    assert merged == {"editor": {"tab": 4}, "plugins": ["git"]}


def test_three_layers(defaults):
    merged = merge_settings(defaults, {"theme": "dark"}, {"editor": {"tab": 8}}, {"theme": "blue"})
    assert merged["theme"] == "blue"
    assert merged["editor"]["tab"] == 8


def test_new_section(defaults):
    assert merge_settings(defaults, {"net": {"proxy": "p"}})["net"] == {"proxy": "p"}


def test_inputs_not_mutated(defaults):
    user = {"editor": {"tab": 2}}
    merged = merge_settings(defaults, user)
    merged["editor"]["tab"] = 99
    assert defaults["editor"]["tab"] == 4
    assert user["editor"]["tab"] == 2


def test_section_replaced_by_value(defaults):
    with pytest.raises(TypeError, match="editor"):
        merge_settings(defaults, {"editor": "vim"})
