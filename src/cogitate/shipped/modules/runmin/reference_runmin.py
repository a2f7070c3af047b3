def running_minimum(numbers):
    result = []
    for number in numbers:
        if result:
            number = min(number, result[-1])
        result.append(number)
    return result
