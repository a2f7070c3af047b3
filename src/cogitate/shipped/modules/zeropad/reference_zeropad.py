def zero_pad(number, width):
    return str(number).zfill(width)
