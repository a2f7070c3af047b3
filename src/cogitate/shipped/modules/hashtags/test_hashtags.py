"""A hashtag is a # at the start of a word, followed by letters, digits or _."""

from hashtags import hashtags, remove_hashtags


def test_in_order():
    assert hashtags("Good #morning #world!") == ["morning", "world"]


def test_small_letters_each_once():
    assert hashtags("#Sun and #fun and #sun") == ["sun", "fun"]


def test_not_inside_a_word():
    assert hashtags("issue C#7 and a#b") == []


def test_lonely_sign():
    assert hashtags("# 5") == []


def test_remove():
    assert remove_hashtags("Good #morning all #world") == "Good all"
    assert remove_hashtags("no tags") == "no tags"
