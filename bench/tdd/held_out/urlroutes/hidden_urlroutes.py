import pytest
from urlroutes import MethodNotAllowed, NotFound, Router


@pytest.fixture
def router():
    r = Router()
    r.add("PUT", "/items/<int:id>", "replace")
    r.add("DELETE", "/items/<int:id>", "delete")
    r.add("GET", "/items/<int:id>", "show")
    r.add("GET", "/a.b/<name>", "dotted")
    r.add("GET", "/repo/<owner>/raw/<path:file>", "raw")
    return r


@pytest.mark.parametrize(
    ("method", "url", "expected"),
    [
        ("DELETE", "/items/0", ("delete", {"id": 0})),
        ("GET", "/items/007/", ("show", {"id": 7})),
        ("GET", "/a.b/c.d", ("dotted", {"name": "c.d"})),
        ("GET", "/repo/me/raw/x", ("raw", {"owner": "me", "file": "x"})),
        ("GET", "/repo/me/raw/x/y?z=/1", ("raw", {"owner": "me", "file": "x/y"})),
    ],
)
def test_match(router, method, url, expected):
    assert router.match(method, url) == expected


@pytest.mark.parametrize("url", ["/", "/items", "/items/1.5", "/axb/c", "/repo/a/b/raw/x", "/a.b"])
def test_not_found(router, url):
    with pytest.raises(NotFound):
        router.match("GET", url)


def test_not_found_even_if_the_method_exists_elsewhere(router):
    with pytest.raises(NotFound):
        router.match("PUT", "/other/1")


def test_allowed_methods_are_sorted(router):
    with pytest.raises(MethodNotAllowed) as info:
        router.match("POST", "/items/5")
    assert info.value.allowed == ["DELETE", "GET", "PUT"]


def test_url_for(router):
    assert router.url_for("raw", owner="o", file="a/b") == "/repo/o/raw/a/b"
    assert router.url_for("show", id=12) == "/items/12"
    with pytest.raises(KeyError):
        router.url_for("raw", owner="o")


def test_root():
    r = Router()
    r.add("GET", "/", "root")
    assert r.match("GET", "/?x=1") == ("root", {})
    assert r.url_for("root") == "/"
