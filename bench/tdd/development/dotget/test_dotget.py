import pytest
from dotget import get, put

DATA = {
    "user": {"name": "ada", "mails": [{"to": "a@x"}, {"to": "b@x"}]},
    "tags": ["red", "blue"],
    "empty": None,
}


def test_keys():
    assert get(DATA, "user.name") == "ada"


def test_list_index():
    assert get(DATA, "tags[1]") == "blue"
    assert get(DATA, "tags[-1]") == "blue"
    assert get(DATA, "user.mails[0].to") == "a@x"


def test_star_collects():
    assert get(DATA, "user.mails[*].to") == ["a@x", "b@x"]


@pytest.mark.parametrize("path", ["user.age", "user.mails[5].to", "user.name.first", "tags.x"])
def test_missing(path):
    with pytest.raises(LookupError):
        get(DATA, path)
    assert get(DATA, path, default="?") == "?"


def test_default_may_be_none_and_none_is_a_value():
    assert get(DATA, "user.age", default=None) is None
    assert get(DATA, "empty", default="?") is None


def test_put_creates_what_is_missing():
    data = {"a": {"b": 1}}
    put(data, "a.c", 2)
    put(data, "x.y.z", 3)
    assert data == {"a": {"b": 1, "c": 2}, "x": {"y": {"z": 3}}}


def test_put_into_a_list():
    data = {"items": [{"n": 1}, {"n": 2}]}
    put(data, "items[1].n", 5)
    put(data, "items[0]", None)
    assert data == {"items": [None, {"n": 5}]}
