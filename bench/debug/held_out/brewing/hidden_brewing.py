from brewing import STEPS, schedule, total


def test_recipe():
    assert total(STEPS) == 163
    assert schedule(STEPS)[-1] == (143, "cool")
    assert schedule([("a", 1), ("b", 2)], 5) == [(5, "a"), (6, "b")]
