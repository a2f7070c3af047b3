from queries import build_query


def test_single():
    assert build_query({"page": 2}) == "?page=2"


def test_keys_are_sorted():
    assert build_query({"sort": "name", "page": 1}) == "?page=1&sort=name"


def test_none_is_left_out():
    assert build_query({"q": None, "page": 1}) == "?page=1"


def test_empty_string_is_kept():
    assert build_query({"q": ""}) == "?q="


def test_lists_are_repeated():
    assert build_query({"tag": ["b", "a"]}) == "?tag=b&tag=a"


def test_booleans():
    assert build_query({"all": True, "deep": False}) == "?all=true&deep=false"


def test_special_characters_are_quoted():
    assert build_query({"q": "a b&c"}) == "?q=a+b%26c"


def test_no_parameters():
    assert build_query({}) == ""
    assert build_query({"q": None}) == ""
