"""On the map # is land. Fields that touch at a side belong to one island, those that touch only
at a corner do not."""

from islands import count_islands, largest_island

MAP = [
    "##..#",
    "#...#",
    "..#..",
    "...##",
]


def test_count():
    assert count_islands(MAP) == 4


def test_largest():
    assert largest_island(MAP) == 3


def test_only_water():
    assert count_islands(["...", "..."]) == 0
    assert largest_island(["...", "..."]) == 0


def test_one_island():
    assert count_islands(["###", "#.#", "###"]) == 1
    assert largest_island(["###", "#.#", "###"]) == 8
