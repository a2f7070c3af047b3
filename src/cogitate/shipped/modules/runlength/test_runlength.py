"""Run-length coding: a letter that is repeated is written once, behind its count."""

from runlength import decode, encode


def test_encode():
    assert encode("aaab") == "3ab"
    assert encode("abc") == "abc"
    assert encode("wwwwwwwwwwww") == "12w"
    assert encode("") == ""


def test_decode():
    assert decode("3ab") == "aaab"
    assert decode("abc") == "abc"
    assert decode("12w") == "wwwwwwwwwwww"
    assert decode("") == ""
