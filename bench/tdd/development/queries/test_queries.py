from queries import build_query


def test_build_query():
    assert build_query({}) == ""
    assert build_query({"page": 2}) == "?page=2"
    assert build_query({"sort": "name", "page": 1}) == "?page=1&sort=name"  # sorted by key


def test_build_query_empty_values():
    assert build_query({"q": None}) == ""
    assert build_query({"q": None, "page": 1}) == "?page=1"
    assert build_query({"q": ""}) == "?q="


def test_build_query_types():
    assert build_query({"tag": ["b", "a"]}) == "?tag=b&tag=a"
    assert build_query({"all": True, "deep": False}) == "?all=true&deep=false"


def test_build_query_quotes():
    assert build_query({"q": "a b&c"}) == "?q=a+b%26c"
