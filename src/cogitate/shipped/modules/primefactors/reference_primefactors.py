from collections import Counter


def factors(number):
    if number < 1:
        raise ValueError("number must be positive")
    found = []
    divisor = 2
    while number > 1:
        while number % divisor == 0:
            found.append(divisor)
            number //= divisor
        divisor += 1
    return found


def as_text(number):
    powers = Counter(factors(number))
    return " * ".join(
        f"{prime}^{power}" if power > 1 else str(prime) for prime, power in powers.items()
    )
