import pytest
from phonelist import format_phone, normalize


@pytest.mark.parametrize(
    ("raw", "number"),
    [
        ("0170 1234567", "+491701234567"),
        ("  089 / 99 88 77 ", "+4989998877"),
        ("+49-(89)-998877", "+4989998877"),
        ("0049(40)555-0199", "+49405550199"),
        ("+1 212 555 0100", "+12125550100"),
        ("0041 44 668 18 00", "+41446681800"),
        ("030 123", "+4930123"),
    ],
)
def test_normalize(raw, number):
    assert normalize(raw) == number


def test_country_does_not_matter_for_international_numbers():
    assert normalize("+49 30 123456", country="43") == "+4930123456"
    assert normalize("0049 30 123456", country="43") == "+4930123456"
    assert normalize("0664 1234567", country="43") == "+436641234567"


@pytest.mark.parametrize("raw", ["+", "030.123456", "030 123456 ext 7", "++4930123456", "12 34"])
def test_invalid(raw):
    with pytest.raises(ValueError, match="invalid phone number"):
        normalize(raw)


def test_format():
    assert format_phone("+4989998877", area="089") == "089 998877"
    assert format_phone("+4989998877", area="089", international=True) == "+49 89 998877"
    assert format_phone("+49405550199", area="040", international=False) == "040 5550199"
