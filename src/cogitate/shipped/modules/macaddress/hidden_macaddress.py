import pytest
from macaddress import normalize, vendor


def test_normalize():
    assert normalize("FFFFFFFFFFFF") == "ff:ff:ff:ff:ff:ff"
    assert normalize("a0-B1-c2-D3-e4-F5") == "a0:b1:c2:d3:e4:f5"
    assert normalize("0000.0000.0001") == "00:00:00:00:00:01"


@pytest.mark.parametrize("text", ["xyz", "0123456789a", "0123456789abc", "00:1a:2b:3c:4d:zz"])
def test_invalid(text):
    with pytest.raises(ValueError):
        normalize(text)
    with pytest.raises(ValueError):
        vendor(text)


def test_vendor():
    assert vendor("a0-B1-c2-D3-e4-F5") == "a0:b1:c2"
