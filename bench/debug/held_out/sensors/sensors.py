"""Correct the readings of sensors."""

OFFSETS = {
    "a1": 0.4,
    "a2": -1.2,
    "b7": 2.6,
}
READINGS = [("a1", 20.0), ("b7", 18.5), ("a2", 21.2)]


def corrected(sensor, value):
    """Return a value with the offset that was measured for its sensor."""
    return round(value + OFFSETS[sensor], 2)


def mean(readings):
    values = [corrected(sensor, value) for sensor, value in readings]
    return round(sum(values) / len(values), 2)


if __name__ == "__main__":
    for sensor, value in READINGS:
        print(sensor, corrected(sensor, value))
    print("mean", mean(READINGS))
