import pytest
from morse import decode, encode


def test_encode():
    assert encode("Hi") == ".... .."
    assert encode("we are here") == ".-- . / .- .-. . / .... . .-. ."
    assert encode("q") == "--.-"


def test_decode():
    assert decode("-.-- . ...") == "yes"
    assert decode("-. --- / .-- .- -.--") == "no way"
    assert decode(encode("Jazz Quiz")) == "jazz quiz"


def test_no_code():
    with pytest.raises(ValueError):
        encode("what?")
    with pytest.raises(ValueError):
        decode("........")
