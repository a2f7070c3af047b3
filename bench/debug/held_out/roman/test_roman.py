from roman import from_roman, to_roman


def test_to_roman():
    assert to_roman(3) == "III"
    assert to_roman(14) == "XIV"


def test_from_roman():
    assert from_roman("XIV") == 14
