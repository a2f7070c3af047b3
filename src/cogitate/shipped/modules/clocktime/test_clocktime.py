import pytest
from clocktime import to_12h, to_24h

CASES = [
    ("00:00", "12:00 AM"),
    ("00:30", "12:30 AM"),
    ("09:05", "9:05 AM"),
    ("12:00", "12:00 PM"),
    ("15:45", "3:45 PM"),
]


@pytest.mark.parametrize(("long", "short"), CASES)
def test_to_12h(long, short):
    assert to_12h(long) == short


@pytest.mark.parametrize(("long", "short"), CASES)
def test_to_24h(long, short):
    assert to_24h(short) == long
