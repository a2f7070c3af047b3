def round_to(number, step):
    return round(number / step) * step
