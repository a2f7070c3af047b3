def zeros_last(numbers):
    others = [number for number in numbers if number != 0]
    return others + [0] * (len(numbers) - len(others))
