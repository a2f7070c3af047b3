from datetime import date


def age_on(born: date, day: date) -> int:
    if day < born:
        raise ValueError(f"{day} is before birth")
    had_birthday = (day.month, day.day) >= (born.month, born.day)
    return day.year - born.year - (0 if had_birthday else 1)
