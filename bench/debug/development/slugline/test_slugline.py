from slugline import slug, unique


def test_slug():
    assert slug("Hello, World") == "hello-world"
    assert slug("Day-Trip") == "day-trip"


def test_unique():
    assert unique("A", {"a"}) == "a-2"
