NEAR = {-1: "yesterday", 0: "today", 1: "tomorrow"}


def ordinal(n):
    if 11 <= n % 100 <= 13:
        return f"{n}th"
    return f"{n}" + {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")


def pretty_date(day, today):
    distance = (day - today).days
    if distance in NEAR:
        return NEAR[distance]
    text = f"{day:%a} {ordinal(day.day)} {day:%B}"
    return text if day.year == today.year else f"{text} {day.year}"
