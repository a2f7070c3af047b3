def powers_up_to(limit):
    powers = []
    power = 1
    while power <= limit:
        powers.append(power)
        power *= 2
    return powers
