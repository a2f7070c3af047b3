import pytest
from queries import build_query


@pytest.mark.parametrize(
    ("params", "query"),
    [
        ({"z": 1, "a": 2, "m": 3}, "?a=2&m=3&z=1"),
        ({"n": 0}, "?n=0"),
        ({"price": 1.5}, "?price=1.5"),
        ({"q": "50% off?"}, "?q=50%25+off%3F"),
        ({"q": "x=y"}, "?q=x%3Dy"),
        ({"id": [3, 1, 2], "a": None}, "?id=3&id=1&id=2"),
        ({"q": ["a b", "c"]}, "?q=a+b&q=c"),
        ({"a": None, "b": None}, ""),
        ({"ok": True, "none": None}, "?ok=true"),
    ],
)
def test_queries(params, query):
    assert build_query(params) == query


def test_argument_is_not_changed():
    params = {"a": None, "b": [1]}
    build_query(params)
    assert params == {"a": None, "b": [1]}
