from progress import bar


def test_basic():
    assert bar(0, 10) == "[..........] 0%"
    assert bar(5, 10) == "[#####.....] 50%"
    assert bar(10, 10) == "[##########] 100%"
    assert bar(1, 4, width=8) == "[##......] 25%"


def test_rounding():
    # percentage and number of filled cells are both rounded down
    assert bar(2, 3) == "[######....] 66%"
    assert bar(99, 100) == "[#########.] 99%"


def test_edge_cases():
    # more than total
    assert bar(12, 10) == "[##########] 100%"
    # nothing to do means done
    assert bar(0, 0) == "[##########] 100%"
