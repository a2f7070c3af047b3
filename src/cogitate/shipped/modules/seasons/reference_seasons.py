SEASONS = ("winter", "spring", "summer", "autumn")


def season(month, south=False):
    if not 1 <= month <= 12:
        raise ValueError(f"no month: {month}")
    index = month % 12 // 3
    if south:
        index += 2
    return SEASONS[index % 4]
