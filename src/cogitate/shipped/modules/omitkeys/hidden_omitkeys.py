from omitkeys import omit

PERSON = {"name": "Li", "secret": "42", "city": "Bonn"}


def test_omit():
    assert omit(PERSON, ["secret"]) == {"name": "Li", "city": "Bonn"}
    assert omit(PERSON, ["secret", "name", "city"]) == {}
    assert omit({}, ["a"]) == {}


def test_argument_is_not_changed():
    omit(PERSON, ["name"])
    assert PERSON["name"] == "Li"
