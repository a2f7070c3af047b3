def to_number(address):
    parts = address.split(".")
    if len(parts) != 4:
        raise ValueError(f"no address: {address!r}")
    number = 0
    for part in parts:
        value = int(part)
        if not 0 <= value <= 255:
            raise ValueError(f"no address: {address!r}")
        number = number * 256 + value
    return number


def from_number(number):
    if not 0 <= number < 256**4:
        raise ValueError(f"out of range: {number}")
    parts = [number // 256**power % 256 for power in (3, 2, 1, 0)]
    return ".".join(str(part) for part in parts)
