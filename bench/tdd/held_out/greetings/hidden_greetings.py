import pytest
from greetings import greeting


@pytest.mark.parametrize(
    ("hour", "expected"),
    [
        (1, "Good night"),
        (3, "Good night"),
        (6, "Good morning"),
        (10, "Good morning"),
        (13, "Good afternoon"),
        (16, "Good afternoon"),
        (19, "Good evening"),
    ],
)
def test_other_hours(hour, expected):
    assert greeting(hour) == expected


def test_name_at_other_hours():
    assert greeting(23, name="Dr. Wu") == "Good night, Dr. Wu"
    assert greeting(14, name="Tom") == "Good afternoon, Tom"


def test_far_outside():
    with pytest.raises(ValueError, match="hour must be between 0 and 23"):
        greeting(100)
    with pytest.raises(ValueError, match="hour must be between 0 and 23"):
        greeting(-12, name="Mia")
