import pytest
from cleanpath import join, normalize


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (".", "."),
        ("./", "."),
        ("x", "x"),
        ("x/y/../../z", "z"),
        ("x/y/../../..", ".."),
        ("../../a/./b", "../../a/b"),
        ("/a/../..//b/", "/b"),
        ("/a/..", "/"),
        ("a\\..\\b", "b"),
        ("...", "..."),
        ("a/.hidden/..b", "a/.hidden/..b"),
        ("///", "/"),
    ],
)
def test_normalize(path, expected):
    assert normalize(path) == expected


def test_join():
    assert join("/data/", "./x.txt") == "/data/x.txt"
    assert join("/data/a/../b", "c//d") == "/data/b/c/d"
    assert join("/data", "a\\b") == "/data/a/b"
    assert join("/data", "..x") == "/data/..x"


@pytest.mark.parametrize("name", ["..", "a/../..", "../data2/x", "\\etc", "./../x"])
def test_join_refuses(name):
    with pytest.raises(PermissionError):
        join("/data", name)
