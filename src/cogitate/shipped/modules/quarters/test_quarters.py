from quarters import quarter


def test_first_quarter():
    assert quarter(1) == "Q1"
    assert quarter(3) == "Q1"


def test_second_quarter():
    assert quarter(4) == "Q2"


def test_last_quarter():
    assert quarter(12) == "Q4"
