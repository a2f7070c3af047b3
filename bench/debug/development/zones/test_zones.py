from zones import fare


def test_fare():
    assert fare("ab") == 3.4
    assert fare("abc") >= 3.4
