def multiples(number, count):
    return [number * factor for factor in range(1, count + 1)]
