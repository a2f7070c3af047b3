from clocktime import to_12h, to_24h


def test_to_12h():
    assert to_12h("11:59") == "11:59 AM"
    assert to_12h("12:01") == "12:01 PM"
    assert to_12h("23:59") == "11:59 PM"
    assert to_12h("01:00") == "1:00 AM"


def test_to_24h():
    assert to_24h("12:59 AM") == "00:59"
    assert to_24h("12:59 PM") == "12:59"
    assert to_24h("1:00 PM") == "13:00"
    assert to_24h("10:10 AM") == "10:10"
