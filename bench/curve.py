"""A small chart as SVG text: accuracy in percent over evenly spaced ticks.

Its grey is legible on light and on dark pages.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import SupportsFloat

WIDTH, HEIGHT = 460, 260
LEFT, RIGHT, TOP, BOTTOM = 68, 16, 12, 44
COLOURS = ("#3b7dd8", "#d9822b", "#3a9e5c")
STYLE = "text{font:12px sans-serif;fill:#808080}.grid{stroke:#808080;stroke-opacity:.25}"


def curve(
    series: Mapping[str, Sequence[SupportsFloat]], ticks: Sequence[str], x: str, y: str
) -> str:
    """Draw one line for each series, with a value for each tick."""
    size = f'viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
    middle = f"translate(12 {height(50)}) rotate(-90)"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">',
        f"<title>{y} against {x}</title>",
        f"<style>{STYLE}</style>",
        *grid(ticks),
        text(across(0.5), HEIGHT - 6, x, "middle"),
        f'<text transform="{middle}" text-anchor="middle">{y}</text>',
    ]
    for place, (name, values) in enumerate(series.items()):
        parts += line(values, COLOURS[place])
        parts += legend(name, COLOURS[place], height(28 - 9 * place))
    return "\n".join([*parts, "</svg>\n"])


def grid(ticks: Sequence[str]) -> Iterator[str]:
    for percent in range(0, 101, 20):
        yield f'<path class="grid" d="M{LEFT} {height(percent)}H{WIDTH - RIGHT}"/>'
        yield text(LEFT - 8, height(percent) + 4, f"{percent} %", "end")
    for place, tick in enumerate(ticks):
        yield text(across(place / (len(ticks) - 1)), HEIGHT - BOTTOM + 20, tick, "middle")


def line(values: Sequence[SupportsFloat], colour: str) -> Iterator[str]:
    points = [
        (across(place / (len(values) - 1)), height(value)) for place, value in enumerate(values)
    ]
    path = " ".join(f"{x:g},{y:g}" for x, y in points)
    yield f'<polyline fill="none" stroke="{colour}" stroke-width="2" points="{path}"/>'
    for x, y in points:
        yield f'<circle fill="{colour}" cx="{x:g}" cy="{y:g}" r="3"/>'


def legend(name: str, colour: str, y: float) -> Iterator[str]:
    yield f'<path stroke="{colour}" stroke-width="2" d="M{WIDTH - 116} {y:g}h20"/>'
    yield text(WIDTH - 90, y + 4, name, "start")


def text(x: float, y: float, words: str, anchor: str) -> str:
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}">{words}</text>'


def across(share: float) -> float:
    return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)


def height(percent: SupportsFloat) -> float:
    return round(TOP + (1 - float(percent) / 100) * (HEIGHT - TOP - BOTTOM), 1)
