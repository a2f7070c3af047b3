def normalize(degrees):
    return degrees % 360


def difference(first, second):
    turn = normalize(first - second)
    return min(turn, 360 - turn)


def hands(hour, minute):
    if not (1 <= hour <= 12 and 0 <= minute < 60):
        raise ValueError(f"no time: {hour}:{minute}")
    return difference(hour * 30 + minute / 2, minute * 6)
