from anagrams import groups, signature


def test_groups():
    assert groups(["stop", "pots", "stoop", "Post"]) == [["stop", "pots", "Post"]]
    assert groups(["noon", "no"]) == []
    assert groups([]) == []


def test_signature():
    assert signature("Banana") == signature("nabAna") != signature("ban")
