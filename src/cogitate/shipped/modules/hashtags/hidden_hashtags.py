from hashtags import hashtags, remove_hashtags


def test_hashtags():
    assert hashtags("") == []
    assert hashtags("#a_1, #B2.") == ["a_1", "b2"]
    assert hashtags("x#y #z") == ["z"]
    assert hashtags("#ONE #one #Two") == ["one", "two"]


def test_remove():
    assert remove_hashtags("#start of it") == "of it"
    assert remove_hashtags("the C#7 rule #music") == "the C#7 rule"
    assert remove_hashtags("#only #tags") == ""
