from underline import underline


def test_underline():
    assert underline("Two words") == "Two words\n---------"
    assert underline("ok", "*") == "ok\n**"
    assert underline("", "=") == "\n"
