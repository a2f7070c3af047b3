from datetime import timedelta

ONE_DAY = timedelta(days=1)


def is_workday(day, holidays=()):
    return day.weekday() < 5 and day not in holidays


def add_workdays(day, n, holidays=()):
    if n == 0:
        while not is_workday(day, holidays):
            day += ONE_DAY
    step = ONE_DAY if n > 0 else -ONE_DAY
    for _ in range(abs(n)):
        day += step
        while not is_workday(day, holidays):
            day += step
    return day


def count_workdays(first, last, holidays=()):
    if last < first:
        raise ValueError("last day is before the first")
    days = (last - first).days + 1
    return sum(is_workday(first + i * ONE_DAY, holidays) for i in range(days))


def week_label(day):
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02d}"
