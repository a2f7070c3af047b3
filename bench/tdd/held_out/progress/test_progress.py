from progress import bar


def test_halfway():
    assert bar(5, 10) == "[#####.....] 50%"


def test_start_and_end():
    assert bar(0, 10) == "[..........] 0%"
    assert bar(10, 10) == "[##########] 100%"


def test_width():
    assert bar(1, 4, width=8) == "[##......] 25%"


# both the percentage and the number of filled cells are rounded down
def test_rounding():
    assert bar(2, 3) == "[######....] 66%"
    assert bar(99, 100) == "[#########.] 99%"


def test_more_than_total_counts_as_done():
    assert bar(12, 10) == "[##########] 100%"


def test_total_of_zero_counts_as_done():
    assert bar(0, 0) == "[##########] 100%"
