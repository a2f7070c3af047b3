from chessboard import square_color


def test_dark_corner():
    assert square_color("a1") == "dark"


def test_next_to_it():
    assert square_color("b1") == "light"
    assert square_color("a2") == "light"


def test_others():
    assert square_color("b2") == "dark"
    assert square_color("h8") == "dark"
    assert square_color("h1") == "light"
