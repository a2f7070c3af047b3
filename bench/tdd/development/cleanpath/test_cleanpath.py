import pytest
from cleanpath import join, normalize


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a/b/c", "a/b/c"),
        ("a//b///c", "a/b/c"),
        ("./a/./b/.", "a/b"),
        ("a/b/../c", "a/c"),
        ("/a/b/", "/a/b"),
        ("a\\b\\c", "a/b/c"),
        ("/", "/"),
        ("", "."),
        ("a/..", "."),
    ],
)
def test_normalize(path, expected):
    assert normalize(path) == expected


def test_normalize_above_start():
    assert normalize("../a") == "../a"
    assert normalize("a/../../b") == "../b"


def test_normalize_above_root():
    assert normalize("/../a") == "/a"


def test_join():
    assert join("/srv/files", "img/cat.png") == "/srv/files/img/cat.png"
    assert join("/srv/files", "img/../cat.png") == "/srv/files/cat.png"


# uploads come from users
@pytest.mark.parametrize("name", ["../secret", "img/../../secret", "/etc/passwd", "..\\secret"])
def test_join_traversal(name):
    with pytest.raises(PermissionError):
        join("/srv/files", name)
