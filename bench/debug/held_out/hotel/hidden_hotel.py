from datetime import date

from hotel import nights, overlaps


def test_overlaps():
    one = (date(2026, 1, 10), date(2026, 1, 12))
    assert not overlaps(one, (date(2026, 1, 8), date(2026, 1, 10)))
    assert not overlaps(one, (date(2026, 1, 12), date(2026, 1, 13)))
    assert overlaps(one, (date(2026, 1, 11), date(2026, 1, 12)))
    assert overlaps(one, (date(2026, 1, 1), date(2026, 1, 31)))
    assert overlaps(one, one)
    assert nights(one) == 2
