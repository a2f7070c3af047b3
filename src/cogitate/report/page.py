"""The HTML page of a report, without external resources."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from cogitate.report import figures
from cogitate.report.steps import Step, steps_of, told

_STEPS = {
    "loss": "loss",
    "reward": "mean reward",
    "thought_tokens": "thought tokens",
    "entropy": "entropy, nats per token",
}

Story = Mapping[str, Any]


def page(stories: Sequence[Story], command: str) -> str:
    """Return the HTML page about one or several runs."""
    made = environment(percent=percent, interval=interval, points=points, steps=_steps, told=told)
    drawn = [{"story": story, "figures": _figures(story)} for story in stories]
    title = ", ".join(story["name"] for story in stories)
    return made.get_template("page.html").render(runs=drawn, command=command, title=title)


def environment(**filters: Callable[[Any], Any]) -> Environment:
    """Return what renders the templates of this folder, with filters for them."""
    made = Environment(
        loader=PackageLoader("cogitate", "report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
    )
    made.filters.update(filters)  # pyright: ignore[reportUnknownMemberType]
    return made


def percent(share: float) -> str:
    """Format a share: 0.9312 as "93.1 %"."""
    return f"{100 * share:.1f} %"


def interval(given: Mapping[str, float]) -> str:
    """Format a mean with its interval, as "93.0 % [91.0, 95.0]"."""
    return f"{percent(given['mean'])} [{100 * given['low']:.1f}, {100 * given['high']:.1f}]"


def points(given: Mapping[str, float]) -> str:
    """Format a difference with its interval, as "+25.8 [+20.7, +30.6]"."""
    mean, low, high = (f"{100 * given[key]:+.1f}" for key in ("mean", "low", "high"))
    return f"{mean} [{low}, {high}]"


def _steps(rollout: Mapping[str, Any]) -> list[Step]:
    return steps_of(rollout["thought"], rollout.get("target") or "")


def _figures(story: Story) -> list[dict[str, str]]:
    """Return the figures of one run with their titles, in order."""
    found: list[dict[str, str]] = []

    def add(title: str, svg: str) -> None:
        found.append({"title": title, "svg": svg})

    for name, title in _STEPS.items():
        if name in story["series"]:
            add(title, figures.lines(_by_phase(story["series"][name]), x="step", y=title))
    if story["held_out"]:
        add("held-out accuracy", figures.bands(story["held_out"], x="step", y="strict accuracy"))
    frontiers = {
        name.partition("/")[2]: [(step, value) for step, value, _ in points]
        for name, points in story["series"].items()
        if name.startswith("frontier/")
    }
    if frontiers:
        add("frontier: levels mostly correct", figures.lines(frontiers, x="step", y="level"))
    if story["curves"]:
        curves = {_name(curve): _band(curve["points"]) for curve in story["curves"]}
        add(
            "accuracy against thinking budget",
            figures.bands(curves, x="thinking budget, tokens", y="strict accuracy", budgets=True),
        )
    if story["deadlines"]:
        timed = {_name(table): _band(table["points"]) for table in story["deadlines"]}
        add(
            "accuracy at deadlines",
            figures.bands(timed, x="seconds", y="correct and in time", budgets=True),
        )
    lengths = _lengths(story)
    if lengths:
        add("thinking by difficulty", figures.lines(lengths, x="level", y="thought tokens"))
    return found


def _name(measured: Mapping[str, Any]) -> str:
    """Return a name for one evaluation of one family."""
    return f"{measured['evaluation']}, {measured['family']}"


def _by_phase(points: Sequence[tuple[int, float, str]]) -> dict[str, list[tuple[int, float]]]:
    series: dict[str, list[tuple[int, float]]] = {}
    for step, value, phase in points:
        series.setdefault(phase, []).append((step, value))
    return series


def _band(points: Sequence[Mapping[str, Any]]) -> list[tuple[float, float, float, float]]:
    return [
        (point["budget"], *(point["strict"][name] for name in ("mean", "low", "high")))
        for point in points
    ]


def _lengths(story: Story) -> dict[str, list[tuple[float, float]]]:
    """Return (level, mean thought tokens) of evaluations; for a curve, at its largest budget."""
    widest = {_name(curve): curve["points"][-1]["levels"] for curve in story["curves"]}
    scored = {_name(score): score["levels"] for score in story["scores"]}
    return {
        name: [(level["level"], level["thought_tokens"]) for level in levels]
        for name, levels in (scored | widest).items()
        if len(levels) > 1 and any(level["thought_tokens"] for level in levels)
    }
