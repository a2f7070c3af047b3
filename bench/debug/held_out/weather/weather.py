"""Read weather reports."""

REPORTS = ["Oslo: -3", "Rome:14", "Cairo : 31"]


def parse(report):
    """Return (city, degrees) of a report such as "Oslo: -3"."""
    city, degrees = report.split(":")
    return city.strip(), int(degrees)


def warmest(reports):
    """Return the city with the most degrees."""
    return max(map(parse, reports), key=lambda pair: pair[1])[0]


if __name__ == "__main__":
    for city, degrees in map(parse, REPORTS):
        print(f"{city:<8}{degrees:>4}")
    print("warmest:", warmest(REPORTS))
