def second_largest(numbers):
    ordered = sorted(set(numbers))
    return ordered[-2] if len(ordered) > 1 else None
