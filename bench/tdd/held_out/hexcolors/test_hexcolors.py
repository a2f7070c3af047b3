import pytest
from hexcolors import hex_to_rgb, rgb_to_hex


class TestHexToRgb:
    def test_long(self):
        assert hex_to_rgb("#ff8000") == (255, 128, 0)

    def test_upper(self):
        assert hex_to_rgb("#FFFFFF") == (255, 255, 255)

    def test_short(self):
        """#fa0 is #ffaa00"""
        assert hex_to_rgb("#fa0") == (255, 170, 0)

    def test_without_hash(self):
        assert hex_to_rgb("0a0b0c") == (10, 11, 12)

    @pytest.mark.parametrize("bad", ["", "#", "#12", "#12345", "#ggg", "red"])
    def test_bad(self, bad):
        with pytest.raises(ValueError):
            hex_to_rgb(bad)


class TestRgbToHex:
    def test_simple(self):
        assert rgb_to_hex(255, 128, 0) == "#ff8000"

    def test_pads(self):
        assert rgb_to_hex(0, 0, 9) == "#000009"

    def test_clamps(self):
        assert rgb_to_hex(300, -20, 128) == "#ff0080"
