def balance_after(start, rate, years, deposit=0):
    balance = start
    for _ in range(years):
        balance = balance * (1 + rate / 100) + deposit
    return balance


def years_until(goal, start, rate):
    if start < goal and rate <= 0:
        raise ValueError("the goal is never reached")
    years = 0
    while balance_after(start, rate, years) < goal:
        years += 1
    return years
