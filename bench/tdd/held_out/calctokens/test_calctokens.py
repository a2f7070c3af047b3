import pytest
from calctokens import Token, TokenError, tokenize


def pairs(text):
    return [(t.kind, t.text) for t in tokenize(text)]


def test_numbers():
    assert pairs("12 3.14") == [("number", "12"), ("number", "3.14")]


def test_operators_and_parentheses():
    assert pairs("(1+2)*3") == [
        ("paren", "("),
        ("number", "1"),
        ("op", "+"),
        ("number", "2"),
        ("paren", ")"),
        ("op", "*"),
        ("number", "3"),
    ]


def test_power_is_one_operator():
    assert pairs("2**x") == [("number", "2"), ("op", "**"), ("name", "x")]


def test_names():
    assert pairs("rate_2 / total") == [("name", "rate_2"), ("op", "/"), ("name", "total")]


def test_minus_is_always_an_operator():
    assert pairs("-1") == [("op", "-"), ("number", "1")]


def test_whitespace_is_skipped_and_positions_count_from_zero():
    assert tokenize(" a  - 10") == [
        Token("name", "a", 1),
        Token("op", "-", 4),
        Token("number", "10", 6),
    ]


def test_nothing():
    assert tokenize("   ") == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1 $ 2", "unexpected '$' at 2"),
        ("1.2.3", "bad number '1.2.3' at 0"),
        ("a + 2x", "bad number '2x' at 4"),
    ],
)
def test_errors(text, message):
    with pytest.raises(TokenError) as info:
        tokenize(text)
    assert str(info.value) == message
