from sensors import corrected, mean


def test_corrected():
    assert corrected("b7", 10) == 12.6
    assert corrected("a2", 10) == 8.8
    assert mean([("b7", 1), ("b7", 2)]) == 4.1
