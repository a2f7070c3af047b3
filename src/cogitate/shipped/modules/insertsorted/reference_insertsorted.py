def merge(first, second):
    for numbers in (first, second):
        if list(numbers) != sorted(numbers):
            raise ValueError(f"not sorted: {numbers}")
    return sorted([*first, *second])


def insert(numbers, number):
    return merge(numbers, [number])
