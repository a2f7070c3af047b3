from islands import count_islands, largest_island


def test_corners():
    assert count_islands(["#.#", ".#.", "#.#"]) == 5
    assert largest_island(["#.#", ".#.", "#.#"]) == 1


def test_snake():
    assert count_islands(["####", "...#", "####", "#..."]) == 1
    assert largest_island(["####", "...#", "####", "#..."]) == 10


def test_one_row():
    assert count_islands(["#.##.###"]) == 3
    assert largest_island(["#.##.###"]) == 3


def test_left_and_right_edges_do_not_touch():
    assert count_islands(["#..", "..#"]) == 2
    assert count_islands(["#..#"]) == 2


def test_no_map():
    assert count_islands([]) == 0
    assert largest_island([]) == 0
