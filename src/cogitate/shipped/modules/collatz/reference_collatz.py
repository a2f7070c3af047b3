def chain(number):
    if number < 1:
        raise ValueError("number must be positive")
    numbers = [number]
    while number != 1:
        number = number // 2 if number % 2 == 0 else 3 * number + 1
        numbers.append(number)
    return numbers


def steps(number):
    return len(chain(number)) - 1
