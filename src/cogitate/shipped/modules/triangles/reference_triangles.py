def kind(a, b, c):
    short, middle, long = sorted([a, b, c])
    if short + middle <= long:
        raise ValueError("no triangle has these sides")
    return {1: "equilateral", 2: "isosceles", 3: "scalene"}[len({a, b, c})]
