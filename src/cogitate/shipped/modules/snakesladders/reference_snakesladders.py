def move(field, die, jumps, last):
    if not 1 <= die <= 6:
        raise ValueError(f"a die cannot show {die}")
    target = field + die
    if target > last:
        return field
    return jumps.get(target, target)


def play(dice, jumps, last):
    fields = []
    field = 0
    for die in dice:
        field = move(field, die, jumps, last)
        fields.append(field)
    return fields
