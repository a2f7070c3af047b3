"""The mapping gives the mother of each; who has none in it is the first of the family."""

from familytree import ancestors, children, siblings

MOTHERS = {"Ann": "Eve", "Bea": "Eve", "Cleo": "Ann", "Dora": "Cleo"}


def test_children_are_sorted():
    assert children(MOTHERS, "Eve") == ["Ann", "Bea"]
    assert children(MOTHERS, "Dora") == []


def test_ancestors_are_listed_from_the_mother_up():
    assert ancestors(MOTHERS, "Dora") == ["Cleo", "Ann", "Eve"]
    assert ancestors(MOTHERS, "Eve") == []


def test_siblings_have_the_same_mother():
    assert siblings(MOTHERS, "Ann") == ["Bea"]
    assert siblings(MOTHERS, "Cleo") == []
    assert siblings(MOTHERS, "Eve") == []
