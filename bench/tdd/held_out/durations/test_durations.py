import pytest
from durations import format_duration, parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("45s", 45),
        ("10m", 600),
        ("2h", 7200),
        ("1d", 86400),
        ("1h30m", 5400),
        ("1d 2h 3m 4s", 93784),
        ("90m", 5400),
        (" 5M ", 300),
    ],
)
def test_parse(text: str, seconds: int) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "abc", "10", "5x", "h", "-5m", "1h later"])
def test_parse_rejects(text: str) -> None:
    with pytest.raises(ValueError, match="invalid duration"):
        parse_duration(text)


def test_format_leaves_out_zero_parts() -> None:
    assert format_duration(5400) == "1h 30m"
    assert format_duration(86400) == "1d"
    assert format_duration(93784) == "1d 2h 3m 4s"


def test_format_zero() -> None:
    assert format_duration(0) == "0s"
