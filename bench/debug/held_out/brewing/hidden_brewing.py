from brewing import STEPS, schedule, total


def test_recipe():
    assert total(STEPS) == 155
    assert schedule(STEPS)[-1] == (135, "cool")
    assert schedule([("a", 1), ("b", 2)], 5) == [(5, "a"), (6, "b")]
