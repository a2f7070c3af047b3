from contacts import card, line


def test_line():
    assert line({"first": "A", "last": "B", "mail": None}) == "A B" + "." * 17 + "-"
    assert line({"first": "A", "last": "B", "mail": "x@y"}) == "A B" + "." * 17 + "x@y"


def test_card():
    people = [{"first": "Z", "last": "Z", "mail": None}, {"first": "Y", "last": "A", "mail": "m"}]
    assert card(people).splitlines()[0].endswith("m")
    assert card(people).splitlines()[1].endswith(".-")
    assert card([]) == ""
