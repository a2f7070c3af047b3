from swapkeys import swap


def test_swap():
    assert swap({"de": "Germany", "fr": "France"}) == {"Germany": "de", "France": "fr"}
    assert swap({1: True}) == {True: 1}
    assert swap({"x": "x"}) == {"x": "x"}
    assert swap({"a": 7, "b": 7, "c": 7}) == {7: "c"}
