import pytest
from brackets import balanced


@pytest.mark.parametrize("text", ["no brackets", "[]{}()", "((((()))))", "{a: [b, (c)]}"])
def test_balanced(text):
    assert balanced(text) is True


@pytest.mark.parametrize("text", [")(", "{[}]", "((", "[]]", "x)", "{(})"])
def test_not_balanced(text):
    assert balanced(text) is False
