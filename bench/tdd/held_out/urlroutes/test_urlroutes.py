import pytest
from urlroutes import MethodNotAllowed, NotFound, Router


@pytest.fixture
def router():
    r = Router()
    r.add("GET", "/", "home")
    r.add("GET", "/users", "user_list")
    r.add("POST", "/users", "user_create")
    r.add("GET", "/users/<int:id>", "user_detail")
    r.add("GET", "/users/me", "user_me")
    r.add("GET", "/posts/<slug>/comments/<int:number>", "comment")
    r.add("GET", "/files/<path:name>", "download")
    return r


@pytest.mark.parametrize(
    ("method", "url", "handler", "params"),
    [
        ("GET", "/", "home", {}),
        ("POST", "/users", "user_create", {}),
        ("GET", "/users/42", "user_detail", {"id": 42}),
        ("GET", "/users/me", "user_me", {}),
        ("GET", "/posts/hello-world/comments/3", "comment", {"slug": "hello-world", "number": 3}),
        ("GET", "/files/img/2024/cat.png", "download", {"name": "img/2024/cat.png"}),
    ],
)
def test_match(router, method, url, handler, params):
    assert router.match(method, url) == (handler, params)


def test_query_string_and_trailing_slash_are_ignored(router):
    assert router.match("GET", "/users/?page=2") == ("user_list", {})


@pytest.mark.parametrize("url", ["/nope", "/users/bob", "/users/1/edit", "/posts//comments/1"])
def test_not_found(router, url):
    with pytest.raises(NotFound):
        router.match("GET", url)


def test_method_not_allowed(router):
    with pytest.raises(MethodNotAllowed) as info:
        router.match("DELETE", "/users")
    assert info.value.allowed == ["GET", "POST"]


def test_url_for(router):
    assert router.url_for("user_detail", id=7) == "/users/7"
    assert router.url_for("comment", slug="a", number=1) == "/posts/a/comments/1"
    with pytest.raises(KeyError):
        router.url_for("user_detail")
