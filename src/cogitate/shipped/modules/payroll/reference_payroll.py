def week_pay(hours, rate):
    if not 0 <= hours <= 168:
        raise ValueError(f"a week cannot have {hours} hours of work")
    overtime = max(0, hours - 40)
    return (hours + overtime / 2) * rate


def yearly_pay(weeks, rate):
    return sum(week_pay(hours, rate) for hours in weeks)
