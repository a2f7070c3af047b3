def countdown(start):
    return [str(number) for number in range(start, 0, -1)] + ["Go!"]
