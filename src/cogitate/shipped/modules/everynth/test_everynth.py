from everynth import every_nth


def test_every_second():
    assert every_nth(["a", "b", "c", "d", "e"], 2) == ["a", "c", "e"]


def test_every_third():
    assert every_nth([1, 2, 3, 4, 5, 6, 7], 3) == [1, 4, 7]


def test_all():
    assert every_nth([1, 2, 3], 1) == [1, 2, 3]
