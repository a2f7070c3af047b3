"""Prime factors."""


def factors(number):
    """Return the prime factors of a number from 1 on, in order."""
    found, divisor = [], 2
    while divisor * divisor <= number:
        while number % divisor == 0:
            found.append(divisor)
            number //= divisor
        divisor += 1
    if number > 1:
        found.append(number)
    return found


def is_prime(number):
    return len(factors(number)) == 1
