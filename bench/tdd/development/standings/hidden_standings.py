from standings import Table


def make(*results):
    table = Table()
    for line in results:
        table.add(line)
    return table


def test_points_add_up():
    table = make("A 1:0 B", "B 0:0 A", "A 10:9 B", "B 2:1 A")
    assert table.points("A") == 7
    assert table.points("B") == 4
    assert table.ranking() == [(1, "A"), (2, "B")]


def test_goals_scored_decide():
    table = make("A 1:1 B", "C 3:3 D")
    assert table.ranking() == [(1, "C"), (1, "D"), (3, "A"), (3, "B")]


def test_points_come_before_goals():
    table = make("A 1:0 B", "C 9:9 D", "E 0:20 F")
    assert [name for _, name in table.ranking()] == ["F", "A", "C", "D", "B", "E"]


def test_three_share_a_rank():
    table = make("Z 1:1 Y", "X 1:1 W")
    assert table.ranking() == [(1, "W"), (1, "X"), (1, "Y"), (1, "Z")]


def test_names_with_blanks():
    table = make("Old Town United 12:0 New Hope")
    assert table.points("Old Town United") == 3
    assert table.ranking() == [(1, "Old Town United"), (2, "New Hope")]


def test_render():
    assert make("Ab 1:1 Cde").render() == "1. Ab   1 (1:1)\n1. Cde  1 (1:1)"
    assert make("Ab 12:0 C").render() == "1. Ab  3 (12:0)\n2. C   0 (0:12)"
