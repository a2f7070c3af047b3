from topwords import top_words


def test_top_words():
    assert top_words("b a c", 2) == [("a", 1), ("b", 1)]
    assert top_words("Go, go, GO! Stop.", 2) == [("go", 3), ("stop", 1)]
    assert top_words("one two two three three three", 2) == [("three", 3), ("two", 2)]
    assert top_words("x x y", 0) == []
    assert top_words("", 5) == []
    assert top_words("(zebra) ant; zebra: ant", 9) == [("ant", 2), ("zebra", 2)]
