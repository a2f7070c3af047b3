from weather import parse, warmest


def test_parse():
    assert parse("Lima:20") == ("Lima", 20)
    assert parse("New York : -1") == ("New York", -1)
    assert parse("Bern: 7") == ("Bern", 7)


def test_warmest():
    assert warmest(["a:1", "b: 3", "c:-9"]) == "b"
