from shuttle import departures, next_departure


def test_departures():
    assert departures("09:00", "10:00", 30) == ["09:00", "09:30", "10:00"]


def test_next():
    assert next_departure(["09:00", "09:30"], "9:10") == "09:30"
