"""Candidates while they are decoded and run: a live table on a terminal, plain lines elsewhere."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from cogitate.notices import visible
from cogitate.sandbox.suites.suite import Report
from cogitate.work.prompts import signature
from cogitate.work.solving import Try, View

_SHOWN = 100
_PER_SECOND = 8


@contextmanager
def open_view(console: Console) -> Iterator[View]:
    """Yield a live view for a terminal, else one of lines."""
    if console.is_terminal and not console.is_dumb_terminal:
        table = LiveView()
        with Live(get_renderable=table.rows, console=console, refresh_per_second=_PER_SECOND):
            yield table
    else:
        yield LineView(console)


def outcome(one: Try) -> str:
    """Return what came of a candidate in a few words.

    Example: "1 of 2 pass; AssertionError: assert _ == _"
    """
    if one.report is None:
        return f"refused: {one.refused}"
    if one.passed:
        return f"passes all {one.report.num_tests} tests"
    return f"{one.report.num_passed} of {one.report.num_tests} pass; {first_failure(one.report)}"


def first_failure(report: Report) -> str:
    """Return the first failure in a few words."""
    kind, message = signature(report)
    where = "in a random order " if report.in_order else ""
    return f"{where}{kind}: {message}"[:_SHOWN]


class LineView(View):
    """One line a candidate, for logs and pipes."""

    def __init__(self, console: Console) -> None:
        """Write to a console."""
        self._console = console

    def tried(self, one: Try) -> None:
        """Write one line."""
        spent = f"{one.answered.tokens} tokens, {one.answered.seconds:.1f} s"
        line = f"candidate {one.number}: {outcome(one)} ({spent})"
        self._console.print(visible(line), markup=False, highlight=False, soft_wrap=True)


@dataclass(slots=True)
class _Row:
    """A candidate as it is shown."""

    number: int
    began: float
    tokens: int = 0
    seconds: float | None = None
    """Until its answer ended; None before."""
    text: str = "waits"
    style: str = "dim"


class LiveView(View):
    """A table that is drawn anew by another thread."""

    def __init__(self) -> None:
        """Show nothing yet."""
        self._rows: dict[int, _Row] = {}

    def asked(self, number: int) -> None:
        """Add a row."""
        self._rows[number] = _Row(number, time.monotonic())

    def decoded(self, number: int, tokens: int) -> None:
        """Note the tokens so far."""
        row = self._rows[number]
        row.tokens, row.text = tokens, "is written"

    def runs(self, number: int) -> None:
        """Stop the clock."""
        row = self._rows[number]
        row.seconds, row.text = time.monotonic() - row.began, "is tested"

    def tried(self, one: Try) -> None:
        """Show the outcome."""
        row = self._rows[one.number]
        row.tokens, row.seconds, row.text = one.answered.tokens, one.answered.seconds, outcome(one)
        row.style = "green" if one.passed else "red" if one.report is None else "yellow"

    def rows(self) -> Table:
        """Return the table as it is now."""
        table = Table.grid(padding=(0, 2))
        for row in list(self._rows.values()):
            seconds = time.monotonic() - row.began if row.seconds is None else row.seconds
            state = Text(visible(row.text), row.style, no_wrap=True, overflow="ellipsis")
            table.add_row(
                f"candidate {row.number}", f"{row.tokens} tokens", f"{seconds:.1f} s", state
            )
        return table
