from datetime import date

from hotel import free_rooms

MAY = [date(2026, 5, day) for day in range(1, 31)]


def test_same_day_change():
    bookings = [("r1", (MAY[0], MAY[3]))]
    assert free_rooms(["r1", "r2"], bookings, (MAY[3], MAY[5])) == ["r1", "r2"]
    assert free_rooms(["r1", "r2"], bookings, (MAY[2], MAY[5])) == ["r2"]
