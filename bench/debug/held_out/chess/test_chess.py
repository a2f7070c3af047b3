from chess import knight


def test_knight():
    assert knight("b1") == ["a3", "c3", "d2"]
