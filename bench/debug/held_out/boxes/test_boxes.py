from boxes import pack


def test_pack():
    assert pack([3, 4], 10) == [[3, 4]]
    assert pack([6, 5, 4], 10) == [[6], [5, 4]]
