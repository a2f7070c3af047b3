RANGES = [(0, 59), (0, 23), (1, 31), (1, 12), (0, 6)]


def expand(field, low, high):
    values = set()
    for part in field.split(","):
        span, slash, step = part.partition("/")
        step = int(step) if slash else 1
        if span == "*":
            start, end = low, high
        else:
            first, dash, last = span.partition("-")
            start = int(first)
            end = int(last) if dash else start
        if step < 1 or not low <= start <= end <= high:
            raise ValueError(f"invalid field: {field!r}")
        values.update(range(start, end + 1, step))
    return sorted(values)


def matches(line, when):
    fields = line.split()
    if len(fields) != 5:
        raise ValueError("a cron line has five fields")
    weekday = when.isoweekday() % 7
    numbers = [when.minute, when.hour, when.day, when.month, weekday]
    return all(
        number in expand(field, low, high)
        for field, number, (low, high) in zip(fields, numbers, RANGES, strict=True)
    )
