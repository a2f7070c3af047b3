from playlists import seconds, spoken, total


def test_seconds():
    assert seconds("0:07") == 7
    assert seconds("10:30") == 630
    assert seconds("2:00") == 120


def test_total():
    assert total({}) == 0
    assert total({"a": "1:30", "b": "0:40"}) == 130
    assert spoken(130) == "2:10"
