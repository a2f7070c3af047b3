from hashtags import most_used, tags


def test_tags():
    assert tags("#Sun and #sea, #SUN") == ["sun", "sea"]


def test_most_used():
    assert most_used(["#a", "#b #a"]) == "a"
