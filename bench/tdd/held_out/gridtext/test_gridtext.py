from gridtext import render


def lines(*rows):
    return "\n".join(rows)


def test_columns_are_as_wide_as_their_longest_cell():
    assert render(["name", "qty"], [["apples", 3], ["figs", 120]]) == lines(
        "name   | qty",
        "-------+----",
        "apples |   3",
        "figs   | 120",
    )


def test_header_can_be_the_longest():
    assert render(["product", "price"], [["tea", 4]]) == lines(
        "product | price",
        "--------+------",
        "tea     |     4",
    )


def test_text_goes_left_and_numbers_go_right():
    # no line ends in blanks
    assert render(["n", "comment"], [[10, "ok"], [9.5, "slow"]]) == lines(
        "n   | comment",
        "----+--------",
        " 10 | ok",
        "9.5 | slow",
    )


def test_none_is_an_empty_cell():
    assert render(["a", "b"], [[None, 1], ["x", None]]) == lines(
        "a | b",
        "--+--",
        "  | 1",
        "x |",
    )


def test_no_rows():
    assert render(["id", "name"], []) == lines("id | name", "---+-----")


def test_single_column():
    assert render(["id"], [[7], [15]]) == lines("id", "--", " 7", "15")
