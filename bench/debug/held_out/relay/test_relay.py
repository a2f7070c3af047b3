from relay import Team, ranking


def test_ranking():
    fast, slow = Team("fast", [10, 11]), Team("slow", [12, 13])
    assert ranking([slow, fast]) == ["fast", "slow"]


def test_new_team():
    assert Team("new").total() == 0
