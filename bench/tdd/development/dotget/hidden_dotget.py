import pytest
from dotget import get, put

TREE = {"a": [[1, 2], [3, 4]], "b": {"c": {"d": 0}}, "rows": [{"x": 1}, {"x": 2}, {"x": 3}]}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("b.c.d", 0),
        ("b.c", {"d": 0}),
        ("a[1][0]", 3),
        ("a[-1][-1]", 4),
        ("rows[2].x", 3),
        ("rows[*].x", [1, 2, 3]),
        ("a[*]", [[1, 2], [3, 4]]),
        ("a[*][0]", [1, 3]),
    ],
)
def test_get(path, value):
    assert get(TREE, path) == value


@pytest.mark.parametrize("path", ["z", "b.c.d.e", "a[2]", "a[0][9]", "b[0]", "rows[3].x"])
def test_missing(path):
    with pytest.raises(LookupError):
        get(TREE, path)
    assert get(TREE, path, default=0) == 0


def test_star_over_nothing():
    assert get({"rows": []}, "rows[*].x") == []


def test_put():
    data = {}
    put(data, "k", 1)
    put(data, "k", 2)
    put(data, "m.n", [1, 2, 3])
    put(data, "m.n[-1]", 9)
    assert data == {"k": 2, "m": {"n": [1, 2, 9]}}


def test_put_keeps_neighbours():
    data = {"p": {"q": {"r": 1}}}
    put(data, "p.q.s", 2)
    assert data == {"p": {"q": {"r": 1, "s": 2}}}
