from datetime import date

from countdown_clock import days_until


def test_days_until():
    assert days_until("2026-04-01") == 0
    assert days_until("2026-03-31") == -1
    assert days_until("2026-01-02", date(2026, 1, 1)) == 1
