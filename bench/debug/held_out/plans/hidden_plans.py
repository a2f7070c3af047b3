from plans import fits, seats


def test_limit():
    assert seats("team") == 12
    assert fits(12) == "team"
    assert fits(13) is None
