from scores import Scores


def test_names():
    scores = Scores(2)
    for name, points in (("a", 1), ("b", 3), ("c", 2)):
        scores.add(name, points)
    assert scores.names() == ["b", "c"]
    assert Scores().names() == []
