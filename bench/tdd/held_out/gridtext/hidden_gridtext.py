from gridtext import render


def test_three_columns():
    table = render(["id", "user", "score"], [[1, "ann", 9.25], [22, "bo", 100]])
    assert table.split("\n") == [
        "id | user | score",
        "---+------+------",
        " 1 | ann  |  9.25",
        "22 | bo   |   100",
    ]


def test_empty_text_and_none_at_the_end():
    table = render(["a", "bb", "c"], [["x", None, None], ["", "yy", "z"]])
    assert table.split("\n") == ["a | bb | c", "--+----+--", "x |    |", "  | yy | z"]


def test_negative_numbers():
    table = render(["delta", "x"], [[-5, 1], [10, -20]])
    assert table.split("\n") == ["delta | x", "------+----", "   -5 |   1", "   10 | -20"]


def test_no_newline_at_the_end():
    assert not render(["a"], [["b"]]).endswith("\n")


def test_zero_is_shown():
    assert render(["n"], [[0]]) == "n\n-\n0"
