from textwrapper import wrap


def test_wrap():
    assert wrap("", 5) == []
    assert wrap("one", 3) == ["one"]
    assert wrap("a bb ccc dddd", 4) == ["a bb", "ccc", "dddd"]
    assert wrap("incredible a b", 4) == ["incredible", "a b"]
    assert wrap("  spaced   out ", 10) == ["spaced out"]
