"""What a heating does."""

ROOM = [(18.0, 21), (22.5, 21), (21.0, 21)]


def action(actual, target):
    """Return heat, cool or hold within one degree."""
    if actual < target - 1:
        what = "heat"
    elif actual > target + 1:
        what = "cool"
    else:
        what = "hold"
    return what


if __name__ == "__main__":
    for actual, target in ROOM:
        print(actual, target, action(actual, target))
