"""Record commands at a terminal as an animated picture, for the README.

    python bench/recording.py --out docs/figures/tdd.svg --title "cogitate tdd" \
        "cat test_shop.py" "cogitate tdd test_shop.py --apply"

Each command is run in turn at a terminal of its own, in this folder, and its screen is kept as it
changes. The picture shows the screens at the times at which they were seen; only pauses of more
than --pause seconds are cut to that length, which the title says. A command that fails ends it.
"""

import argparse
import contextlib
import os
import pty
import struct
import sys
import termios
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fcntl import ioctl
from html import escape
from itertools import groupby
from pathlib import Path

import pyte

COLOURS = {
    "default": "#d8d8d2", "black": "#5c5f66", "red": "#ff8575", "green": "#7fd39b",
    "brown": "#e5c07b", "blue": "#79aaf5", "magenta": "#d29ae6", "cyan": "#7fcfd9",
    "white": "#ffffff",
}  # fmt: skip
"""By pyte's names; dim text has the colour of black, and bright colours are the plain ones."""
WIDTH, LINE, MARGIN, BAR = 8.4, 18, 14, 30
"""Of a character, a line, the margins and the title's bar, in pixels."""
_DIM, _BLACK = b"\x1b[2m", b"\x1b[90m"
"""Dim text is black here, since pyte does not read its code."""
HOLD_S = 6.0
"""How long the last screen is seen before the first follows again."""
LEAST_S = 0.1
"""Screens that were seen for less are left out; more makes a smaller picture."""

Run = tuple[str, str]
"""A text and its colour."""
Screen = tuple[tuple[Run, ...], ...]
"""Lines of runs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A screen, and how long it was seen."""

    screen: Screen
    seconds: float


def main() -> None:
    """Run the commands and write the picture."""
    options = parse()
    screen = pyte.Screen(options.columns, options.lines)
    frames = cut(list(recorded(screen, options.commands)), options.pause, options.least)
    title = f"{options.title} (pauses cut to {options.pause:g} s)"
    options.out.write_text(picture(frames, options.columns, title), "utf-8")
    print(f"{options.out}: {len(frames)} screens, {options.out.stat().st_size / 1e3:.0f} kB")


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--title", default="")
    parser.add_argument("--columns", type=int, default=96)
    parser.add_argument("--lines", type=int, default=40)
    parser.add_argument("--pause", type=float, default=1.5, help="longest pause, in seconds")
    parser.add_argument("--least", type=float, default=LEAST_S, help="shortest screen, in seconds")
    parser.add_argument("commands", nargs="+", help="run by bash, one after the other")
    return parser.parse_args()


# ---------------------------------------------------------------- the terminal


def recorded(screen: pyte.Screen, commands: Sequence[str]) -> Iterator[Frame]:
    """Yield each screen with the seconds until the next."""
    stream = pyte.ByteStream(screen)
    since = time.perf_counter()
    for command in commands:
        stream.feed(b"\x1b[37m$ " + command.encode() + b"\x1b[0m\r\n")
        for data in output(command, screen.columns, screen.lines):
            now = time.perf_counter()
            yield Frame(screen=shown(screen), seconds=now - since)
            since = now
            stream.feed(data.replace(_DIM, _BLACK))
        now = time.perf_counter()
        yield Frame(screen=shown(screen), seconds=now - since)
        since = now


def output(command: str, columns: int, lines: int) -> Iterator[bytes]:
    """Yield what a command writes to a terminal of this size; raise SystemExit if it fails."""
    child, terminal = pty.fork()
    if child == 0:
        os.environ |= {"TERM": "xterm-256color", "COLUMNS": str(columns), "LINES": str(lines)}
        os.execvp("bash", ["bash", "-c", command])
    ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
    closed = contextlib.suppress(OSError)  # at the other end
    with os.fdopen(terminal, "rb", buffering=0) as file, closed:
        while data := file.read(65_536):
            yield data
    _, status = os.waitpid(child, 0)
    if code := os.waitstatus_to_exitcode(status):
        sys.exit(f"{command} exits with {code}")


def shown(screen: pyte.Screen) -> Screen:
    """Return the screen's lines up to its last one with text."""
    lines = [_runs([screen.buffer[y][x] for x in range(screen.columns)])
             for y in range(screen.lines)]  # fmt: skip
    while lines and not lines[-1]:
        lines.pop()
    return tuple(lines)


def _colour(cell: pyte.screens.Char) -> str:
    return COLOURS.get(cell.fg.removeprefix("bright"), f"#{cell.fg}")


def _runs(cells: Sequence[pyte.screens.Char]) -> tuple[Run, ...]:
    runs = [
        ("".join(cell.data for cell in same), colour) for colour, same in groupby(cells, _colour)
    ]
    while runs and not runs[-1][0].strip():
        runs.pop()
    return (*runs[:-1], (runs[-1][0].rstrip(), runs[-1][1])) if runs else ()


# ---------------------------------------------------------------- the picture


def cut(frames: Sequence[Frame], pause: float, least: float = LEAST_S) -> list[Frame]:
    """Join equal screens, leave out those seen too shortly, and cut pauses."""
    kept: list[Frame] = []
    seconds = 0.0
    for frame, following in zip(frames, [*frames[1:], None], strict=True):
        seconds += frame.seconds
        is_last = following is None
        if not is_last and (following.screen == frame.screen or seconds < least):
            continue
        kept.append(Frame(screen=frame.screen, seconds=HOLD_S if is_last else min(seconds, pause)))
        seconds = 0.0
    return kept


def picture(frames: Sequence[Frame], columns: int, title: str) -> str:
    """Return an SVG that shows each frame for its time, and begins again."""
    height = MARGIN * 2 + BAR + LINE * max(len(frame.screen) for frame in frames)
    width = MARGIN * 2 + WIDTH * columns
    total = sum(frame.seconds for frame in frames)
    rules, groups, start = list[str](), list[str](), 0.0
    for place, frame in enumerate(frames):
        first, last = 100 * start / total, 100 * (start + frame.seconds) / total
        rules.append(
            f"@keyframes k{place} {{ 0%, {first:.3f}% {{ visibility: hidden }}"
            f" {first + 1e-3:.3f}%, {last:.3f}% {{ visibility: visible }}"
            f" {last + 1e-3:.3f}%, 100% {{ visibility: hidden }} }}"
            f" #f{place} {{ animation: k{place} {total:.2f}s infinite step-end }}"
        )
        groups.append(f'<g id="f{place}">{"".join(_lines(frame.screen))}</g>')
        start += frame.seconds
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}"'
        f' role="img" aria-label="{escape(title)}">\n'
        "<style>text { font: 14px ui-monospace, Menlo, Consolas, monospace; white-space: pre }\n"
        "g { visibility: hidden }\n"
        + "\n".join(rules)
        + f"\n@media (prefers-reduced-motion) {{ g {{ animation: none !important }}"
        f" #f{len(frames) - 1} {{ visibility: visible }} }}\n</style>\n"
        f'<rect width="100%" height="100%" rx="8" fill="#17181b"/>\n'
        f'<text x="{width / 2:.0f}" y="20" text-anchor="middle" fill="#a0a0a8">{escape(title)}'
        "</text>\n" + "\n".join(groups) + "\n</svg>\n"
    )


def _lines(screen: Screen) -> Iterator[str]:
    for place, runs in enumerate(screen):
        if runs:
            y = MARGIN + BAR + LINE * place
            spans = "".join(f'<tspan fill="{fill}">{escape(text)}</tspan>' for text, fill in runs)
            yield f'<text x="{MARGIN}" y="{y}" xml:space="preserve">{spans}</text>'


if __name__ == "__main__":
    main()
