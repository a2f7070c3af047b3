from countdown import countdown


def test_countdown():
    assert countdown(3) == ["3", "2", "1", "Go!"]
    assert countdown(1) == ["1", "Go!"]


def test_nothing_to_count():
    assert countdown(0) == ["Go!"]
