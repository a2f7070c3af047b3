from friends import Network


def test_triangle_has_no_suggestions():
    people = Network()
    people.connect("a", "b")
    people.connect("b", "c")
    people.connect("c", "a")
    assert people.suggestions("a") == []
    assert people.common("a", "b") == ["c"]
    assert people.friends("c") == ["a", "b"]


def test_star():
    people = Network()
    people.connect("hub", "z")
    people.connect("hub", "x")
    people.connect("hub", "y")
    assert people.suggestions("x") == ["y", "z"]
    assert people.suggestions("hub") == []
    assert people.common("x", "z") == ["hub"]
    assert people.common("x", "hub") == []


def test_stranger():
    people = Network()
    assert people.suggestions("x") == []
    assert people.common("x", "y") == []
