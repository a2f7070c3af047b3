from fifteen import move, moves


def test_moves():
    assert moves([2, 0, 1]) == [0, 2]


def test_move():
    assert move([2, 0, 1], 2) == [2, 1, 0]
