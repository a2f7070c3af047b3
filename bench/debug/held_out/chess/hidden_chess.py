from chess import knight


def test_knight():
    assert knight("a1") == ["b3", "c2"]
    assert knight("h8") == ["f7", "g6"]
    assert knight("d4") == ["b3", "b5", "c2", "c6", "e2", "e6", "f3", "f5"]
