from leaps import is_leap


def test_years():
    assert is_leap(1996)
    assert is_leap(2400)
    assert is_leap(1904)
    assert not is_leap(2100)
    assert not is_leap(1999)
    assert not is_leap(2026)
