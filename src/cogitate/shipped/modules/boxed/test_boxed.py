from boxed import box


def test_one_line():
    assert box(["hello"]) == ["*********", "* hello *", "*********"]


def test_lines_are_as_long_as_the_longest():
    assert box(["to", "market"]) == [
        "**********",
        "* to     *",
        "* market *",
        "**********",
    ]


def test_other_character():
    assert box(["x"], border="#") == ["#####", "# x #", "#####"]


def test_no_lines():
    assert box([]) == []
