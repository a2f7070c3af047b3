import pytest
from buildorder import CycleError, affected, build_order, layers

DEPS = {
    "app": ["ui", "db"],
    "ui": ["widgets"],
    "db": ["log"],
    "widgets": ["log"],
    "log": [],
}


def test_dependencies_come_first():
    order = build_order(DEPS)
    assert sorted(order) == sorted(DEPS)
    for name, needs in DEPS.items():
        for other in needs:
            assert order.index(other) < order.index(name)


def test_of_all_packages_that_could_come_next_the_alphabet_decides():
    assert build_order({"c": [], "a": [], "b": ["c"]}) == ["a", "c", "b"]
    assert build_order({"b": ["z"], "c": [], "z": []}) == ["c", "z", "b"]
    assert build_order(DEPS) == ["log", "db", "widgets", "ui", "app"]


def test_packages_that_are_only_named_as_dependencies():
    assert build_order({"app": ["libc"]}) == ["libc", "app"]


def test_layers_can_be_built_in_parallel():
    assert layers(DEPS) == [["log"], ["db", "widgets"], ["ui"], ["app"]]


def test_affected_by_a_change():
    assert affected(DEPS, "widgets") == {"widgets", "ui", "app"}
    assert affected(DEPS, "app") == {"app"}


def test_cycle():
    with pytest.raises(CycleError) as info:
        build_order({"a": ["b"], "b": ["c"], "c": ["a"], "x": []})
    assert str(info.value) == "cycle: a -> b -> c -> a"


def test_self_dependency():
    with pytest.raises(CycleError, match="cycle: a -> a"):
        layers({"a": ["a"]})


def test_nothing():
    assert build_order({}) == []
    assert layers({}) == []
