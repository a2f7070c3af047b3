"""Figures as SVG in the page's text colour, for light and dark mode and for print."""

import io
import re
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

_INK = "#010203"
"""Placeholder for the page's text colour."""
COLOURS = ("#3b7dd8", "#d9822b", "#3a9e5c", "#b455a0", "#8a6d3b", "#c23b3b", "#5aa5a5", "#7a7a7a")
_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "cogitate",
    "font.family": "sans-serif",
    "font.size": 9,
    "text.color": _INK,
    "axes.edgecolor": _INK,
    "axes.labelcolor": _INK,
    "xtick.color": _INK,
    "ytick.color": _INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.alpha": 0.25,
    "grid.color": _INK,
    "legend.frameon": False,
    "figure.figsize": (4.6, 2.8),
}

Line = Sequence[tuple[float, float]]
Band = Sequence[tuple[float, float, float, float]]
"""(x, y, low, high) of each point."""


def lines(series: Mapping[str, Line], *, x: str, y: str) -> str:
    """Draw lines, with a legend if there are several."""
    figure, axes = _axes(x, y)
    for colour, (name, points) in zip(_colours(len(series)), series.items(), strict=True):
        axes.plot(*zip(*points, strict=True), color=colour, label=name, linewidth=1.2)
    return _svg(figure, axes, legend=len(series) > 1)


def bands(series: Mapping[str, Band], *, x: str, y: str, budgets: bool = False) -> str:
    """Draw accuracies with their intervals; `budgets` makes the x axis logarithmic."""
    figure, axes = _axes(x, y)
    for colour, (name, points) in zip(_colours(len(series)), series.items(), strict=True):
        xs, ys, low, high = zip(*points, strict=True)
        axes.fill_between(xs, low, high, color=colour, alpha=0.18, linewidth=0)
        axes.plot(xs, ys, color=colour, label=name, marker="o", markersize=3, linewidth=1.2)
    axes.set_ylim(0, 1)
    axes.yaxis.set_major_formatter("{x:.0%}")
    if budgets:
        ticks = sorted({point[0] for points in series.values() for point in points})
        axes.set_xscale("symlog", base=2, linthresh=max(1, min(t for t in ticks if t > 0)))
        axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        axes.minorticks_off()
    return _svg(figure, axes, legend=len(series) > 1)


def _axes(x: str, y: str) -> tuple[Any, Any]:
    with mpl.rc_context(_STYLE):
        figure = Figure(layout="constrained")
        axes = figure.add_subplot()
        axes.set_xlabel(x)
        axes.set_ylabel(y)
    return figure, axes


def _svg(figure: Any, axes: Any, *, legend: bool) -> str:
    text = io.StringIO()
    with mpl.rc_context(_STYLE):
        if legend:
            axes.legend(fontsize=8)
        figure.savefig(text, format="svg", transparent=True, metadata={"Date": None})
    svg = text.getvalue()
    svg = svg[svg.index("<svg") :].replace(_INK, "currentColor")
    return re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)


def _colours(count: int) -> list[str]:
    return [COLOURS[place % len(COLOURS)] for place in range(count)]
