import pytest
from hexcolors import hex_to_rgb, rgb_to_hex


@pytest.mark.parametrize(
    ("text", "rgb"),
    [
        ("#000", (0, 0, 0)),
        ("#123", (17, 34, 51)),
        ("abc", (170, 187, 204)),
        ("#AbCdEf", (171, 205, 239)),
        ("010203", (1, 2, 3)),
    ],
)
def test_colors(text, rgb):
    assert hex_to_rgb(text) == rgb


@pytest.mark.parametrize("rgb", [(0, 0, 0), (1, 22, 250), (255, 255, 255), (16, 15, 100)])
def test_round_trip(rgb):
    assert hex_to_rgb(rgb_to_hex(*rgb)) == rgb


def test_clamped():
    assert rgb_to_hex(256, 255, 254) == "#fffffe"
    assert rgb_to_hex(-1, 0, 1000) == "#0000ff"


@pytest.mark.parametrize("bad", ["#1234567", "#zzzzzz", "1", "#xyz"])
def test_errors(bad):
    with pytest.raises(ValueError):
        hex_to_rgb(bad)
