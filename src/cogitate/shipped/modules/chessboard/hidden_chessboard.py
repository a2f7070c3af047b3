from chessboard import square_color


def test_squares():
    assert square_color("a8") == "light"
    assert square_color("d4") == "dark"
    assert square_color("e4") == "light"
    assert square_color("g7") == "dark"
    assert square_color("f3") == "light"
    assert square_color("c7") == "dark"
