def sort_key(version):
    numbers, _, pre = version.removeprefix("v").partition("-")
    parts = [int(part) for part in numbers.split(".")]
    parts += [0] * (3 - len(parts))
    return parts, not pre, pre


def compare(a, b):
    a, b = sort_key(a), sort_key(b)
    return (a > b) - (a < b)


def latest(versions, prereleases=False):
    candidates = [v for v in versions if prereleases or "-" not in v]
    return max(candidates, key=sort_key, default=None)
