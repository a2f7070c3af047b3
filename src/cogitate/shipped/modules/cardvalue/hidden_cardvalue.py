from cardvalue import value


def test_all_kinds():
    assert value("3") == 3
    assert value("9") == 9
    assert value("Q") == 10
    assert value("A") == 11
    assert value("7") == 7
