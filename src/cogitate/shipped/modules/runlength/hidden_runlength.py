from runlength import decode, encode


def test_encode():
    assert encode("aabbaa") == "2a2b2a"
    assert encode("zz") == "2z"
    assert encode("abbbbbbbbbbc") == "a10bc"


def test_decode():
    assert decode("2a2b2a") == "aabbaa"
    assert decode("x11y") == "xyyyyyyyyyyy"


def test_there_and_back():
    assert decode(encode("mississippi  moon")) == "mississippi  moon"
