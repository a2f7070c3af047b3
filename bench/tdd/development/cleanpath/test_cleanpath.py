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


def test_leading_dots_are_kept_in_relative_paths():
    assert normalize("../a") == "../a"
    assert normalize("a/../../b") == "../b"


def test_nothing_is_above_the_root():
    assert normalize("/../a") == "/a"


def test_join():
    assert join("/srv/files", "img/cat.png") == "/srv/files/img/cat.png"
    assert join("/srv/files", "img/../cat.png") == "/srv/files/cat.png"


# uploads come from users
@pytest.mark.parametrize("name", ["../secret", "img/../../secret", "/etc/passwd", "..\\secret"])
def test_join_refuses_to_leave_the_folder(name):
    with pytest.raises(PermissionError):
        join("/srv/files", name)
