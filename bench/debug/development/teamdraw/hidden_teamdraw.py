from teamdraw import teams


def test_teams():
    assert teams(["a", "b", "c"], 2) == [["a", "c"], ["b"]]
    assert teams([], 2) == [[], []]
    assert teams(["a", "b"], 3) == [["a"], ["b"], []]
