import pytest
from hexcolors import hex_to_rgb, rgb_to_hex


def test_hex_to_rgb():
    assert hex_to_rgb("#ff8000") == (255, 128, 0)
    assert hex_to_rgb("#FFFFFF") == (255, 255, 255)


def test_short_form_doubles_each_digit():
    assert hex_to_rgb("#fa0") == (255, 170, 0)


def test_hash_is_optional():
    assert hex_to_rgb("0a0b0c") == (10, 11, 12)


@pytest.mark.parametrize("bad", ["", "#", "#12", "#12345", "#ggg", "red"])
def test_not_a_color(bad):
    with pytest.raises(ValueError):
        hex_to_rgb(bad)


def test_rgb_to_hex():
    assert rgb_to_hex(255, 128, 0) == "#ff8000"
    assert rgb_to_hex(0, 0, 9) == "#000009"


def test_channels_out_of_range_are_clamped():
    assert rgb_to_hex(300, -20, 128) == "#ff0080"
