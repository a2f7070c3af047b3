from plans import fits


def test_small():
    assert fits(1) == "free"
    assert fits(2) == "solo"


def test_team():
    assert fits(4) == "team"
