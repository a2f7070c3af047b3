import pytest
from brackets import balanced


@pytest.mark.parametrize("text", ["", "()", "([])", "{[()()]}", "f(x[1]) + {2}"])
def test_balanced(text):
    assert balanced(text) is True


@pytest.mark.parametrize("text", ["(", ")", "(]", "([)]", "())", "a[1"])
def test_not_balanced(text):
    assert balanced(text) is False
