"""Who cooks on which day."""

DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]


def cook(people, day, week=0):
    """Return who cooks; every week the list starts one person later."""
    if not people:
        raise ValueError("nobody cooks")
    index = DAYS.index(day) + week
    return people[index % len(people)]


def plan(people, week=0):
    return {day: cook(people, day, week) for day in DAYS}
