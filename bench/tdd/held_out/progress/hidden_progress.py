import pytest
from progress import bar


@pytest.mark.parametrize(
    ("done", "total", "width", "expected"),
    [
        (1, 3, 10, "[###.......] 33%"),
        (7, 8, 4, "[###.] 87%"),
        (1, 200, 10, "[..........] 0%"),
        (30, 40, 20, "[###############.....] 75%"),
        (3, 3, 5, "[#####] 100%"),
        (500, 3, 3, "[###] 100%"),
        (0, 0, 4, "[####] 100%"),
        (0, 7, 1, "[.] 0%"),
        (999, 1000, 10, "[#########.] 99%"),
    ],
)
def test_bars(done, total, width, expected):
    assert bar(done, total, width=width) == expected


def test_default_width():
    assert bar(3, 10) == "[###.......] 30%"
