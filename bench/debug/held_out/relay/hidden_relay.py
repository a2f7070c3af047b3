from relay import Team


def test_teams_are_apart():
    one, two = Team("one"), Team("two")
    one.add(5)
    assert one.times == [5]
    assert two.times == []
    assert two.best() is None
    assert one.best() == 5
