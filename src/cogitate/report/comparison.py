"""The HTML page of a comparison of models, without external resources."""

from collections.abc import Mapping, Sequence
from typing import Any

from cogitate.evaluate.profile import ALL, interval_text
from cogitate.report import figures
from cogitate.report.page import environment, points

Values = Mapping[str, Any]


def comparison_page(document: Values) -> str:
    """Return the page about what `cogitate compare --json` writes."""
    profiles: Mapping[str, Sequence[Sequence[Values]]] = document["profiles"]
    places = _places(profiles)
    return (
        environment()
        .get_template("comparison.html")
        .render(
            title=", ".join(profiles),
            command=document["command"],
            names=list(profiles),
            rows=[_row(place, profiles, document["quirks"]) for place in places],
            figures=_figures(places, profiles),
            differences=[
                gap | {"shown": points(gap["accuracy"])} for gap in document["differences"]
            ],
            quirks=document["quirks"],
        )
    )


def _places(profiles: Mapping[str, Sequence[Sequence[Values]]]) -> list[tuple[str, int, str]]:
    """Return family, level and measure of what all runs have."""
    runs = [run for own in profiles.values() for run in own]
    return sorted(set.intersection(*({_place(number) for number in run} for run in runs)))


def _place(number: Values) -> tuple[str, int, str]:
    return number["family"], number["level"], number["measure"]


def _intervals(place: tuple[str, int, str], runs: Sequence[Sequence[Values]]) -> list[Values]:
    return [next(number["interval"] for number in run if _place(number) == place) for run in runs]


def _band(place: tuple[str, int, str], runs: Sequence[Sequence[Values]]) -> tuple[float, ...]:
    """Return mean, low and high: of one run its interval, of several their mean and spread."""
    found = _intervals(place, runs)
    means = [interval["mean"] for interval in found]
    if len(found) == 1:
        return means[0], found[0]["low"], found[0]["high"]
    return sum(means) / len(means), min(means), max(means)


def _row(
    place: tuple[str, int, str],
    profiles: Mapping[str, Sequence[Sequence[Values]]],
    quirks: Sequence[Values],
) -> dict[str, Any]:
    family, level, measure = place
    return {
        "family": family,
        "level": "all" if level == ALL else level,
        "measure": measure,
        "values": [interval_text(measure, *_band(place, runs)) for runs in profiles.values()],
        "is_quirk": any(_place(quirk["place"]) == place for quirk in quirks),
    }


def _figures(
    places: Sequence[tuple[str, int, str]], profiles: Mapping[str, Sequence[Sequence[Values]]]
) -> list[dict[str, str]]:
    """Return accuracy by level of each family that has several."""
    found: list[dict[str, str]] = []
    for family in dict.fromkeys(family for family, *_ in places):
        levels = [p for p in places if p[0] == family and p[1] != ALL and p[2] == "accuracy"]
        if len(levels) < 2:
            continue
        series = {
            name: [(float(place[1]), *_band(place, runs)) for place in levels]
            for name, runs in profiles.items()
        }
        svg = figures.bands(series, x="level", y="strict accuracy")  # pyright: ignore[reportArgumentType]
        found.append({"title": family, "svg": svg})
    return found
