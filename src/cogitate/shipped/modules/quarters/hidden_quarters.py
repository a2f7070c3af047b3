from quarters import quarter


def test_quarters():
    assert quarter(2) == "Q1"
    assert quarter(5) == "Q2"
    assert quarter(6) == "Q2"
    assert quarter(7) == "Q3"
    assert quarter(9) == "Q3"
    assert quarter(10) == "Q4"
