def hex_to_rgb(text):
    digits = text.removeprefix("#")
    if len(digits) == 3:
        digits = "".join(c * 2 for c in digits)
    if len(digits) != 6:
        raise ValueError(f"not a color: {text!r}")
    return tuple(int(digits[i : i + 2], 16) for i in (0, 2, 4))


def rgb_to_hex(r, g, b):
    return "#" + "".join(f"{max(0, min(255, channel)):02x}" for channel in (r, g, b))
