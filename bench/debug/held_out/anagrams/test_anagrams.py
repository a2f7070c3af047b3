from anagrams import groups


def test_groups():
    assert groups(["Tea", "eat", "bat"]) == [["Tea", "eat"]]
    assert groups(["aab", "ab"]) == []
