import pytest
from phonelist import format_phone, normalize


# German numbers; everything is stored as +49 and digits.
@pytest.mark.parametrize(
    "raw",
    ["+49 30 123456", "0049 30 123456", "030 123456", "030/12 34 56", "(030) 123-456"],
)
def test_normalize(raw):
    assert normalize(raw) == "+4930123456"


def test_foreign_numbers_keep_their_country():
    assert normalize("+33 1 70 18 99 00") == "+33170189900"
    assert normalize("0043 1 5125141") == "+4315125141"


def test_other_home_country():
    assert normalize("01 5125141", country="43") == "+4315125141"


@pytest.mark.parametrize("raw", ["", "phone", "030-CALL-ME", "12+34", "030"])
def test_invalid(raw):
    """At least six digits; nothing but digits, blanks, and / - ( ) after an optional plus."""
    with pytest.raises(ValueError, match="invalid phone number"):
        normalize(raw)


def test_format_national():
    assert format_phone("+4930123456", area="030") == "030 123456"
    assert format_phone("+491701234567", area="0170") == "0170 1234567"


def test_format_international():
    assert format_phone("+4930123456", area="030", international=True) == "+49 30 123456"
