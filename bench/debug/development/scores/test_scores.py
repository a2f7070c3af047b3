from scores import Scores


def test_names():
    scores = Scores()
    scores.add("a", 5)
    scores.add("b", 9)
    assert ", ".join(scores.names()) == "b, a"
