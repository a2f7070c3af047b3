def until_zero(numbers):
    result = []
    for number in numbers:
        if number == 0:
            break
        result.append(number)
    return result
