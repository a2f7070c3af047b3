"""Progress is shown with an estimate: one line in a terminal, one for each piece elsewhere."""

import io

import pytest

from cogitate.models.sources import meter
from cogitate.models.sources.meter import Meter


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def clock(monkeypatch):
    """A clock that passes two seconds at each look."""
    ticks = iter(range(0, 1000, 2))
    monkeypatch.setattr(meter.time, "monotonic", lambda: next(ticks))


def test_lines_for_pieces(clock, capsys):
    with Meter("coder", 400_000_000, 100_000_000) as shown:
        shown.show(150_000_000)
        shown.kept(200_000_000)
        shown.kept(400_000_000)
    assert capsys.readouterr().err.splitlines() == [
        "cogitate: coder: 200 of 400 MB, 50.0 MB/s, about 4 s left",
        "cogitate: coder: 400 of 400 MB, 75.0 MB/s, about 0 s left",
    ]


def test_one_line_in_a_terminal(clock, monkeypatch):
    screen = Terminal()
    monkeypatch.setattr(meter.sys, "stderr", screen)
    with Meter("coder", 400_000_000, 0) as shown:
        shown.show(100_000_000)
        shown.kept(200_000_000)
    assert screen.getvalue() == (
        "\r\x1b[Kcoder: 100 of 400 MB, 50.0 MB/s, about 6 s left"
        "\r\x1b[Kcoder: 200 of 400 MB, 50.0 MB/s, about 4 s left\n"
    )


@pytest.mark.parametrize(
    ("seconds", "said"), [(0, "0 s"), (75, "75 s"), (600, "10 min"), (9000, "2.5 h")]
)
def test_durations_in_words(seconds, said):
    assert meter._duration(seconds) == said
