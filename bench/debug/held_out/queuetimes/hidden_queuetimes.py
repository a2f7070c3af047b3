from queuetimes import following, wait


def test_following():
    assert following([300, 100], 99) == 100
    assert following([300, 100], 100) == 300
    assert following([300, 100], 300) % (24 * 60) == 100


def test_wait():
    assert wait([60], 120) == 1380
    assert wait([60, 90], 70) == 20
