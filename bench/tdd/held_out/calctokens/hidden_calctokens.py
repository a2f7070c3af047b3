import pytest
from calctokens import Token, TokenError, tokenize


def kinds(text):
    return [t.kind for t in tokenize(text)]


def texts(text):
    return [t.text for t in tokenize(text)]


def test_long_expression():
    text = "net*(1 + vat/100)**years-0.5"
    assert texts(text) == [
        *("net", "*", "(", "1", "+", "vat", "/", "100", ")"),
        *("**", "years", "-", "0.5"),
    ]
    assert kinds("(a)-(b)") == ["paren", "name", "paren", "op", "paren", "name", "paren"]


def test_three_stars_are_a_power_and_a_star():
    assert texts("2***3") == ["2", "**", "*", "3"]


def test_names_with_digits_and_underscores():
    assert texts("_x1+y_") == ["_x1", "+", "y_"]
    assert kinds("_x1+y_") == ["name", "op", "name"]


def test_positions():
    assert tokenize("ab**12\t(c)") == [
        Token("name", "ab", 0),
        Token("op", "**", 2),
        Token("number", "12", 4),
        Token("paren", "(", 7),
        Token("name", "c", 8),
        Token("paren", ")", 9),
    ]


def test_empty():
    assert tokenize("") == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a & b", "unexpected '&' at 2"),
        ("  #", "unexpected '#' at 2"),
        ("10 + 4.5.6 * 2", "bad number '4.5.6' at 5"),
        ("(3abc)", "bad number '3abc' at 1"),
    ],
)
def test_errors(text, message):
    with pytest.raises(TokenError) as info:
        tokenize(text)
    assert str(info.value) == message
