from countdown import countdown


def test_from_five():
    assert countdown(5) == ["5", "4", "3", "2", "1", "Go!"]


def test_from_ten():
    assert countdown(10)[0] == "10"
    assert countdown(10)[-2] == "1"
    assert len(countdown(10)) == 11
