import pytest
from macaddress import normalize, vendor


@pytest.mark.parametrize(
    "text", ["00:1A:2B:3C:4D:5E", "00-1a-2b-3c-4d-5e", "001A.2B3C.4D5E", "001a2b3c4d5e"]
)
def test_all_notations_become_one(text):
    assert normalize(text) == "00:1a:2b:3c:4d:5e"


@pytest.mark.parametrize("text", ["", "00:1a:2b", "00:1a:2b:3c:4d:5e:6f", "00:1a:2b:3c:4d:5g"])
def test_invalid(text):
    with pytest.raises(ValueError):
        normalize(text)


def test_vendor_is_the_first_half():
    assert vendor("001A2B3C4D5E") == "00:1a:2b"
