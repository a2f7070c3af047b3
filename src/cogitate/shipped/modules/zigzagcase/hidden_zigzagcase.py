from zigzagcase import zigzag


def test_zigzag():
    assert zigzag("x") == "x"
    assert zigzag("Python") == "pYtHoN"
    assert zigzag("ZZZ") == "zZz"
    assert zigzag("abcdefgh") == "aBcDeFgH"
