import pytest
from orgchart import Company


def test_chain():
    company = Company("top")
    company.hire("a", boss="top")
    company.hire("b", boss="a")
    company.hire("c", boss="b")
    company.hire("a2", boss="a")
    assert company.bosses("c") == ["b", "a", "top"]
    assert company.team("a") == ["a2", "b"]
    company.leave("a")
    assert company.bosses("c") == ["b", "top"]
    assert company.team("top") == ["a2", "b"]


def test_last_of_a_branch_leaves():
    company = Company("top")
    company.hire("z", boss="top")
    company.hire("y", boss="top")
    company.leave("z")
    assert company.team("top") == ["y"]
    with pytest.raises(KeyError):
        company.hire("x", boss="z")


def test_alone():
    company = Company("me")
    assert company.team("me") == []
    with pytest.raises(ValueError):
        company.leave("me")
