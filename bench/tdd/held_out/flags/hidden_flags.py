import pytest
from flags import parse_flag


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("True", True),
        ("\tyes", True),
        ("ON", True),
        ("1 ", True),
        ("oFF", False),
        (" No ", False),
        ("fAlSe", False),
        ("0", False),
    ],
)
def test_words(text, expected):
    assert parse_flag(text) is expected


def test_default_is_used_for_empty_input_alone():
    assert parse_flag("no", default=True) is False
    assert parse_flag(False, default=True) is False
    assert parse_flag("yes", default=False) is True
    assert parse_flag("\n", default=True) is True


@pytest.mark.parametrize("text", ["y e s", "truee", "-1", "none", "10"])
def test_errors(text):
    with pytest.raises(ValueError, match=f"not a flag: '{text}'"):
        parse_flag(text)


def test_error_despite_default():
    with pytest.raises(ValueError, match="not a flag: 'x'"):
        parse_flag("x", default=True)
