from everynth import every_nth


def test_every_nth():
    assert every_nth([1, 2, 3, 4], 2) == [1, 3]
    assert every_nth([9, 8], 5) == [9]
    assert every_nth([], 2) == []
    assert every_nth([0, 1, 2, 3, 4, 5, 6, 7, 8], 4) == [0, 4, 8]
