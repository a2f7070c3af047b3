DAY = 24 * 60


def minute_of_day(text):
    hour, minute = (int(part) for part in text.split(":"))
    if not (0 <= hour < 24 and 0 <= minute < 60):
        raise ValueError(f"no time: {text!r}")
    return hour * 60 + minute


def add_minutes(text, minutes):
    total = (minute_of_day(text) + minutes) % DAY
    return f"{total // 60:02}:{total % 60:02}"


def minutes_between(start, end):
    return (minute_of_day(end) - minute_of_day(start)) % DAY
