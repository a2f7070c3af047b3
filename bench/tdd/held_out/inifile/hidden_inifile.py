import pytest
from inifile import ParseError, parse


def test_nothing():
    assert parse("") == {}
    assert parse("\n# only a comment\n") == {}


def test_blanks_around_everything():
    assert parse("  [net]  \n   Proxy Host   =   10.0.0.1   \n") == {
        "net": {"proxy host": "10.0.0.1"}
    }


def test_case_of_values_is_kept():
    assert parse("[a]\nPath = C:\\Temp;D:\\X") == {"a": {"path": "C:\\Temp;D:\\X"}}


def test_quoted_empty_value():
    assert parse('[a]\nx = ""\ny = " "') == {"a": {"x": "", "y": " "}}


def test_same_key_in_two_sections():
    assert parse("[a]\nx=1\n[b]\nx=2") == {"a": {"x": "1"}, "b": {"x": "2"}}


def test_equal_sign_first_belongs_to_the_separator_alone():
    assert parse("[a]\nx==1") == {"a": {"x": "=1"}}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("# c\n\nkey = v\n[a]", "line 3: key outside of a section"),
        ("[a]\nx = 1\ny", "line 3: expected key = value"),
        ("[a]\n[b", "line 2: unclosed section"),
        ("[a]\nx = 1\n[b]\ny = 1\n[a]\n\nX = 3", "line 7: duplicate key x"),
    ],
)
def test_errors(text, message):
    with pytest.raises(ParseError) as info:
        parse(text)
    assert str(info.value) == message
