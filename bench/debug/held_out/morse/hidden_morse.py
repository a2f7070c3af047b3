from morse import decode, encode


def test_encode():
    assert encode("SOS") == "... --- ..."
    assert encode("sos!") == "... --- ..."
    assert encode("a b") == ".- / -..."


def test_round():
    assert decode(encode("Crow sold cats")) == "CROW SOLD CATS"
