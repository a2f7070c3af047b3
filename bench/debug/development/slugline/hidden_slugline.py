from slugline import slug, unique


def test_slug():
    assert slug("") == ""
    assert slug("a/b.c d") == "a-b-c-d"
    assert unique("x y", {"x-y", "x-y-2"}) == "x-y-3"
