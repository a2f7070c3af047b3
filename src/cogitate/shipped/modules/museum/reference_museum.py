def ticket_price(age):
    if age < 0:
        raise ValueError("age must not be negative")
    if age < 6:
        return 0
    return 6 if age < 18 else 12


def group_price(ages):
    total = sum(ticket_price(age) for age in ages)
    return total * 0.9 if len(ages) >= 10 else total
