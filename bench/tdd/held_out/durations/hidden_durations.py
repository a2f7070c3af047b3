import pytest
from durations import format_duration, parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0s", 0),
        ("3600s", 3600),
        ("2d12h", 216000),
        ("1H 1S", 3601),
        ("7d", 604800),
        ("1h  5m", 3900),
        ("100m30s", 6030),
    ],
)
def test_parse(text, seconds):
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["   ", "5 ", "m5", "1h 30", "1h,30m", "3w", "one hour"])
def test_parse_rejects(text):
    with pytest.raises(ValueError, match="invalid duration"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (1, "1s"),
        (59, "59s"),
        (60, "1m"),
        (3601, "1h 1s"),
        (90000, "1d 1h"),
        (86399, "23h 59m 59s"),
        (1000000, "11d 13h 46m 40s"),
    ],
)
def test_format(seconds, text):
    assert format_duration(seconds) == text
    assert parse_duration(text) == seconds
