from gameoflife import neighbours, step

GLIDER = {(1, 0), (2, 1), (0, 2), (1, 2), (2, 2)}


def test_neighbours():
    assert neighbours((1, 1), GLIDER) == 5
    assert neighbours((2, 2), GLIDER) == 2
    assert neighbours((-1, 3), GLIDER) == 1


def test_crowded():
    assert (1, 1) not in step({(1, 1), (0, 0), (0, 2), (2, 0), (2, 2)})


def test_glider():
    assert step(GLIDER) == {(0, 1), (2, 1), (1, 2), (2, 2), (1, 3)}


def test_blinker_turns_back():
    assert step(step({(-1, 0), (0, 0), (1, 0)})) == {(-1, 0), (0, 0), (1, 0)}


def test_nothing_comes_from_nothing():
    assert len(step(set())) == 0
