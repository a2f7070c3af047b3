from hashtags import most_used, tags


def test_tags():
    assert tags("#A#a #b_1 ##b_1") == ["a", "b_1"]
    assert tags("no tags") == []


def test_most_used():
    assert most_used(["#X #x #X", "#y", "#Y"]) == "y"
    assert most_used([]) is None
