"""Recordings of a terminal, for the README."""

import re
import sys
import xml.etree.ElementTree as ET
from importlib import import_module
from pathlib import Path
from subprocess import run
from types import ModuleType

import pytest

BENCH = Path(__file__).parents[1] / "bench"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def recording(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(BENCH))
    return import_module("recording")


def recorded(out: Path, *commands: str) -> str:
    script = [sys.executable, BENCH / "recording.py", "--out", out, "--title", "a test"]
    found = run([*script, *commands], capture_output=True, text=True, check=False)
    return found.stdout + found.stderr


def screens(path: Path) -> list[list[str]]:
    groups = ET.parse(path).getroot().findall(f"{SVG}g")
    return [["".join(line.itertext()) for line in group] for group in groups]


def test_what_commands_show_is_a_picture_of_screens(tmp_path: Path) -> None:
    out = tmp_path / "out.svg"
    commands = (
        r"printf '\033[31m<red>\033[0m \033[2mdim\033[0m\n'; sleep 0.3; echo two",
        r"printf 'a\rb'; sleep 0.2",
    )
    recorded(out, *commands)
    found, text = screens(out), out.read_text("utf-8")
    first = [f"$ {commands[0]}", "<red> dim"]
    assert first in found
    assert found[-1] == [*first, "two", f"$ {commands[1]}", "b"]
    assert 'fill="#ff8575">&lt;red&gt;' in text
    assert 'fill="#5c5f66">dim' in text


def test_pauses_are_cut_and_short_screens_left_out(recording: ModuleType) -> None:
    frames = [
        recording.Frame(screen=((("a", "red"),),), seconds=9.0),
        recording.Frame(screen=((("b", "red"),),), seconds=0.05),
        recording.Frame(screen=((("c", "red"),),), seconds=0.2),
        recording.Frame(screen=((("c", "red"),),), seconds=0.3),
        recording.Frame(screen=((("d", "red"),),), seconds=0.0),
    ]
    cut = recording.cut(frames, 1.5)
    assert [frame.screen[0][0][0] for frame in cut] == ["a", "c", "d"]
    assert [frame.seconds for frame in cut] == pytest.approx([1.5, 0.55, recording.HOLD_S])
    text = recording.picture(cut, 20, "t")
    total = 1.5 + 0.55 + recording.HOLD_S
    assert f"animation: k1 {total:.2f}s" in text
    seen = re.search(r"@keyframes k1 .*? ([\d.]+)% { visibility: visible", text)
    assert seen is not None
    assert float(seen[1]) == pytest.approx(100 * 2.05 / total, abs=0.01)


def test_a_command_that_fails_is_not_recorded(tmp_path: Path) -> None:
    assert "false exits with 1" in recorded(tmp_path / "out.svg", "false")
    assert not (tmp_path / "out.svg").exists()
