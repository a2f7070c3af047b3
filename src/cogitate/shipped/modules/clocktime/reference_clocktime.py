def to_12h(text):
    hour, minute = text.split(":")
    hour = int(hour)
    half = "AM" if hour < 12 else "PM"
    return f"{(hour - 1) % 12 + 1}:{minute} {half}"


def to_24h(text):
    clock, half = text.split()
    hour, minute = clock.split(":")
    hour = int(hour) % 12
    if half == "PM":
        hour += 12
    return f"{hour:02}:{minute}"
