from shuttle import clock, departures, next_departure


def test_clock():
    assert clock(5) == "00:05"
    assert clock(61) == "01:01"
    assert clock(23 * 60 + 59) == "23:59"


def test_departures():
    assert departures("23:50", "23:59", 5) == ["23:50", "23:55"]
    assert next_departure(departures("8:00", "8:20", 20), "08:21") is None
