import pytest
from buildorder import CycleError, affected, build_order, layers

DEPS = {
    "site": ["theme", "content"],
    "theme": ["css", "fonts"],
    "content": ["fonts", "images"],
    "css": ["fonts"],
}


def test_order():
    assert build_order(DEPS) == ["fonts", "css", "images", "content", "theme", "site"]


def test_layers():
    assert layers(DEPS) == [["fonts", "images"], ["content", "css"], ["theme"], ["site"]]
    assert layers({"b": [], "a": []}) == [["a", "b"]]


def test_affected():
    assert affected(DEPS, "css") == {"css", "theme", "site"}
    assert affected(DEPS, "fonts") == {"fonts", "css", "theme", "content", "site"}
    assert affected(DEPS, "images") == {"images", "content", "site"}


def test_chain():
    chain = {"d": ["c"], "c": ["b"], "b": ["a"]}
    assert build_order(chain) == ["a", "b", "c", "d"]
    assert layers(chain) == [["a"], ["b"], ["c"], ["d"]]


def test_diamond_is_no_cycle():
    assert build_order({"top": ["l", "r"], "l": ["base"], "r": ["base"]}) == [
        *("base", "l", "r", "top")
    ]


def test_a_free_package_comes_as_early_as_the_alphabet_says():
    assert build_order({"b": [], "c": ["b"], "d": []}) == ["b", "c", "d"]


def test_cycle_behind_good_packages():
    with pytest.raises(CycleError) as info:
        build_order({"m": ["n"], "n": ["m"], "ok": []})
    assert str(info.value) == "cycle: m -> n -> m"


def test_cycle_in_layers():
    with pytest.raises(CycleError):
        layers({"a": ["b"], "b": ["a"]})
