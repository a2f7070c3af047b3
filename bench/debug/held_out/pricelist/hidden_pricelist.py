from pricelist import cheapest, parse


def test_parse():
    assert parse(["A;1,5", "  ", "b ; 2"]) == {"a": 1.5, "b": 2.0}
    assert parse(["C;0.25"]) == {"c": 0.25}
    assert parse([]) == {}


def test_cheapest():
    assert cheapest({"x": 2.0, "y": 1.0}) == "y"
