import pytest
from flags import parse_flag


@pytest.mark.parametrize("text", ["1", "true", "yes", "on", "TRUE", "Yes", " on "])
def test_true(text):
    assert parse_flag(text) is True


@pytest.mark.parametrize("text", ["0", "false", "no", "off", "False", "NO", " 0\n"])
def test_false(text):
    assert parse_flag(text) is False


def test_bools_pass_through():
    assert parse_flag(True) is True
    assert parse_flag(False) is False


@pytest.mark.parametrize("empty", ["", "   ", None])
def test_empty_gives_the_default(empty):
    assert parse_flag(empty) is False
    assert parse_flag(empty, default=True) is True


def test_anything_else_is_an_error():
    with pytest.raises(ValueError, match="not a flag: 'maybe'"):
        parse_flag("maybe")
    with pytest.raises(ValueError, match="not a flag: '2'"):
        parse_flag("2")
