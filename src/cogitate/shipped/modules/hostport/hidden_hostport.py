import pytest
from hostport import parse_address


def test_addresses():
    assert parse_address("localhost:1") == ("localhost", 1)
    assert parse_address("10.0.0.1:65535") == ("10.0.0.1", 65535)
    assert parse_address("mail", default_port=25) == ("mail", 25)
    assert parse_address("mail:26", default_port=25) == ("mail", 26)


@pytest.mark.parametrize("text", [":", "a:65536", "a:-1", "a:8x", ":8080"])
def test_invalid(text):
    with pytest.raises(ValueError):
        parse_address(text)
