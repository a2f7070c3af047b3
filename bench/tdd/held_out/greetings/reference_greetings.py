def greeting(hour, name=None):
    if not 0 <= hour <= 23:
        raise ValueError("hour must be between 0 and 23")
    if 5 <= hour < 12:
        text = "Good morning"
    elif 12 <= hour < 18:
        text = "Good afternoon"
    elif 18 <= hour < 22:
        text = "Good evening"
    else:
        text = "Good night"
    return f"{text}, {name}" if name else text
