"""League table: 3 points for a win, 1 for a draw.

Order: points, then goal difference, then goals scored, then name.
Teams that agree in all three numbers share a rank, and the next rank is skipped.
"""

from standings import Table


def make(*results):
    table = Table()
    for line in results:
        table.add(line)
    return table


def test_win():
    table = make("Lions 3:1 Bears")
    assert table.points("Lions") == 3
    assert table.points("Bears") == 0


def test_draw():
    table = make("Lions 2:2 Bears")
    assert table.points("Lions") == table.points("Bears") == 1


def test_order():
    table = make("Lions 1:0 Bears", "Wolves 4:0 Bears", "Wolves 0:2 Lions")
    assert table.ranking() == [(1, "Lions"), (2, "Wolves"), (3, "Bears")]


def test_goal_difference_decides():
    table = make("Lions 1:0 Bears", "Wolves 5:0 Foxes")
    assert [name for _, name in table.ranking()] == ["Wolves", "Lions", "Bears", "Foxes"]


def test_shared_rank():
    table = make("Lions 1:0 Bears", "Wolves 1:0 Foxes")
    assert table.ranking() == [(1, "Lions"), (1, "Wolves"), (3, "Bears"), (3, "Foxes")]


def test_render():
    table = make("Lions 1:0 Bears", "Red Foxes 2:2 Bears")
    assert table.render() == ("1. Lions      3 (1:0)\n2. Red Foxes  1 (2:2)\n3. Bears      1 (2:3)")


def test_empty():
    assert make().ranking() == []
    assert make().render() == ""
