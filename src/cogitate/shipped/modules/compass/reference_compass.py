POINTS = ["N", "E", "S", "W"]
TURNS = {"right": 1, "back": 2, "left": 3}


def turn(start, way):
    if start not in POINTS or way not in TURNS:
        raise ValueError(f"cannot turn {way} from {start}")
    return POINTS[(POINTS.index(start) + TURNS[way]) % 4]


def direction(degrees):
    return POINTS[round(degrees % 360 / 90) % 4]
